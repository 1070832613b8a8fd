# SPDX-License-Identifier: MIT
"""target.py with a seccomp filter that kills it for one system call: filtered.py NUMBER MODE STATE-FILE"""
import ctypes
import os
import runpy
import struct
import sys

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, FILTER = 22, 38, 2
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
KILL_PROCESS, ALLOW = 0x80000000, 0x7fff0000

steps = [(LOAD, 0, 0, 0), (JUMP_IF_EQUAL, 0, 1, int(sys.argv[1])), (RETURN, 0, 0, KILL_PROCESS), (RETURN, 0, 0, ALLOW)]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code)))
prctl = ctypes.CDLL(None).prctl
if prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or prctl(PR_SET_SECCOMP, FILTER, program, 0, 0):
    sys.exit("no seccomp here")
sys.argv = [os.path.join(os.path.dirname(__file__), "target.py"), *sys.argv[2:]]
runpy.run_path(sys.argv[0], run_name="__main__")
