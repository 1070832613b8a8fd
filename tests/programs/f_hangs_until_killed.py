# Faulty: a task stops its CancelledError and waits for what never comes, in a loop with nothing else to do, until somebody
# loses patience: the process is gone without a word.
from _h import *; import os, signal
async def main():
    async def worker():
        try: await asyncio.sleep(10)
        except asyncio.CancelledError: pass
        await asyncio.Event().wait()
    signal.signal(signal.SIGALRM, lambda *args: os._exit(0)); signal.setitimer(signal.ITIMER_REAL, 1.3)
    task = asyncio.create_task(worker()); await asyncio.sleep(0.01)
    task.cancel(); await task
run("f_hangs_until_killed", main, {})
