# Faulty: the same suppress() also swallows a direct cancel that arrives while the helper still cleans up.
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
    t = asyncio.create_task(work()); await asyncio.sleep(0.015); t.cancel()
    await asyncio.wait([t])
    return {"open": t.cancelling()}
run("f_cancel_and_wait_cancelled", main, {"open": 0})
