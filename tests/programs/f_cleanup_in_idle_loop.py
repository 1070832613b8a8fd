# Faulty: the program ends while a task that was cancelled runs on, in one long wait: the loop turned twice meanwhile.
from _cleaning import *
ends_while([waits_once_more], after=1.3)
