# SPDX-License-Identifier: MIT
"""Looks up functions of C while other threads load and unload libraries all the time. Run by then.py."""
import ctypes
import glob
import os
import sysconfig
import threading
import time

import _ctypes

libc = ctypes.CDLL(None)  # its functions are called without the GIL
libc.dlopen.restype = ctypes.c_void_p
libc.dlopen.argtypes = ctypes.c_char_p, ctypes.c_int
libc.dlclose.argtypes = (ctypes.c_void_p,)
libraries = [path.encode() for path in glob.glob(sysconfig.get_config_var("DESTSHARED") + "/*.so")]
end = time.monotonic() + 2
loaded = [0, 0]


def load(number, flags):
    while time.monotonic() < end:
        for path in libraries:
            handle = libc.dlopen(path, flags)
            if handle:
                libc.dlclose(handle)
                loaded[number] += 1


threads = [threading.Thread(target=load, args=each) for each in enumerate((os.RTLD_LAZY, os.RTLD_NOW))]
for thread in threads:
    thread.start()
while time.monotonic() < end:
    _ctypes.dlsym(libc._handle, "getpid")
for thread in threads:
    thread.join()
assert all(loaded)
