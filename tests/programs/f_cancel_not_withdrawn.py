# Faulty: the canceller means it, and the worker runs on.
from _h import *
async def main():
    async def worker():
        try: await asyncio.sleep(5)
        except asyncio.CancelledError: pass
        for _ in range(12): await asyncio.sleep(0.002)
    t = asyncio.create_task(worker()); await asyncio.sleep(0.01)
    t.cancel()
    t.cancelling()
    await t
    return {"residual": t.cancelling()}
run("f_cancel_not_withdrawn", main, {"residual": 0})
