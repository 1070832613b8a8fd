# Clean: the canceller takes its request back at once; the worker's wait is broken off, but nothing is asked of it.
from _h import *
async def main():
    async def worker():
        try: await asyncio.sleep(5)
        except asyncio.CancelledError: pass
        for _ in range(12): await asyncio.sleep(0.002)
    t = asyncio.create_task(worker()); await asyncio.sleep(0.01)
    t.cancel()
    t.uncancel()
    await t
    return {"residual": t.cancelling()}
run("c_cancel_withdrawn", main, {"residual": 0})
