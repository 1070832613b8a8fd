# Faulty: the process ends without a word while tasks that were cancelled, and have cleaned up, run on.
from _cleaning import *
ends_while(RUNNING_ON, at_once=True)
