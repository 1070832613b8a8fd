# Clean: the loop ends while tasks that were cancelled are still cleaning up, in several ways.
from _cleaning import *
ends_while(CLEANING)
