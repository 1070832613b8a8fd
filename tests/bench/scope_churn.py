# SPDX-License-Identifier: MIT
"""Enters and leaves so many scopes, with nothing around them that varies from run to run. Prints its process id, and
"traced" when the agent is in the process, "plain" when it is not."""
import asyncio
import gc
import os
import sys


async def main(scopes):
    for _ in range(scopes):
        async with asyncio.timeout(None):
            pass


gc.disable()
asyncio.run(main(int(sys.argv[1])))
with open("/proc/self/maps") as maps:
    print(os.getpid(), "traced" if "libscopetrace-agent.so" in maps.read() else "plain")
