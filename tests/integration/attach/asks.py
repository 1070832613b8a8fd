# SPDX-License-Identifier: MIT
"""Asks for functions of C by name, in every way that Python has, before and after an attach. Run as then.py is.

What is found must be the same, but for functions that go to descriptors; and those do what they did.
"""
import ctypes
import errno
import os

import then

DEFAULT, NEXT = 0, -1
libc = ctypes.CDLL(None)
HANDLES = [libc._handle, ctypes.CDLL("libc.so.6")._handle, DEFAULT, NEXT]
NAMES = ["getpid", "dup", "write", "fopen", "dlopen", "ffi_call", "Py_GetVersion", "nothing"]


def found(handle, name):
    try:
        return ctypes.cast(ctypes.CDLL(None, handle=handle)[name], ctypes.c_void_p).value
    except AttributeError as error:
        return str(error)


def all_found():
    return {(handle, name): found(handle, name) for handle in HANDLES for name in NAMES}


def check():
    assert all_found() == BEFORE, (all_found(), BEFORE)
    for handle in HANDLES:
        close = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, use_errno=True)(found(handle, "close"))
        fd = os.dup(0)
        assert close(fd) == 0 and close(fd) == -1 and ctypes.get_errno() == errno.EBADF


BEFORE = all_found()
then.main(check)
