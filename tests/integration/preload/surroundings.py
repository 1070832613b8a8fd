# SPDX-License-Identifier: MIT
"""What loading the agent must not change: the environment, signals, descriptors' flags, errno, the thread count."""
import os
import signal
import subprocess
import sys

LTTNG = ("LTTNG_HOME", "LTTNG_UST_APP_PATH", "LTTNG_UST_REGISTER_TIMEOUT", "LTTNG_UST_WITHOUT_BADDR_STATEDUMP")
if len(sys.argv) < 2:  # again, with variables of the program's own
    subprocess.run([sys.executable, __file__, "own"], check=True, env=os.environ | {name: "own" for name in LTTNG})

before = dict(os.environ)
mask = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
handlers = [signal.getsignal(number) for number in signal.valid_signals()]


def reads():
    with open("/proc/self/io", encoding="ascii") as counts:
        return int(dict(line.split(": ") for line in counts)["syscr"])


had_read = reads()

import asyncio

asyncio.run(asyncio.sleep(0))  # which the agent comes with: the selectors are imported already

# Some 160 are the import's; LTTng would read each library's headers, in 1,200 and, for a session, as many again.
assert reads() - had_read < 600, reads() - had_read

assert signal.pthread_sigmask(signal.SIG_SETMASK, mask) == mask | {signal.SIGUSR1}
assert handlers == [signal.getsignal(number) for number in signal.valid_signals()]
assert dict(os.environ) == before

import ctypes

libc = ctypes.CDLL(None)
libc.getenv.restype = ctypes.c_char_p
seen_by_child = subprocess.run(["env"], check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
for name in LTTNG:
    value = before.get(name)
    assert libc.getenv(name.encode()) == (value.encode() if value else None), name
    assert [line for line in seen_by_child if line.startswith(name)] == ([f"{name}={value}"] if value else [])
if len(sys.argv) < 2:
    print("ok")
