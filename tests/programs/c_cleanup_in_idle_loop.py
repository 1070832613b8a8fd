# Clean: the program ends while a task that was cancelled is still cleaning up, in one long wait.
from _cleaning import *
ends_while([at_length], after=1.3)
