# Clean: cancel a helper and wait for it, suppressing its CancelledError: the usual way.
from _h import *; import contextlib
async def main():
    async def helper():
        try: await asyncio.sleep(5)
        finally: await asyncio.sleep(0.02)
    async def work():
        task = asyncio.create_task(helper()); await asyncio.sleep(0.005)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError): await task
        for _ in range(12): await asyncio.sleep(0.002)
        return "done"
    t = asyncio.create_task(work()); await asyncio.sleep(0.2); t.cancel()
    await asyncio.wait([t])
    return {"open": t.cancelling()}
run("c_cancel_and_wait", main, {"open": 0})
