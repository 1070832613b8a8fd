# Clean, as far as anybody can tell: the same, but it has not stopped the error yet: it cleans up.
from _h import *; import os, signal
async def main():
    async def worker():
        try: await asyncio.sleep(10)
        finally: await asyncio.Event().wait()
    signal.signal(signal.SIGALRM, lambda *args: os._exit(0)); signal.setitimer(signal.ITIMER_REAL, 1.3)
    task = asyncio.create_task(worker()); await asyncio.sleep(0.01)
    task.cancel(); await task
run("c_hangs_until_killed", main, {})
