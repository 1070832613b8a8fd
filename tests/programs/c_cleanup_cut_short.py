# Clean: the process ends without a word while tasks that were cancelled are still cleaning up.
from _cleaning import *
ends_while(CLEANING, at_once=True)
