# SPDX-License-Identifier: MIT
"""The page in /dev/shm that LTTng up to 2.13 makes for each user must not go between its being made and its being
opened: other sessions that end meanwhile must find that somebody has it, from before LTTng is loaded."""
import errno
import fcntl
import os
import subprocess


def is_held(page):
    """As cli/session/shared_memory.c asks."""
    try:
        fcntl.fcntl(os.open(page, os.O_RDWR), fcntl.F_SETLEASE, fcntl.F_WRLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    return False


version = subprocess.run(["lttng-sessiond", "--version"], capture_output=True, text=True).stdout.split(".")
if "SCOPETRACE" not in os.environ or [int(part) for part in version[:2]] >= [2, 14]:
    print("ok")
elif is_held(f"/dev/shm/lttng-ust-wait-8-{os.getuid()}"):
    print("ok")

import asyncio

asyncio.run(asyncio.sleep(0))
