# Clean: the same; the work takes as long to clean up, and lets the CancelledError out.
from _h import *
async def main():
    async def work():
        try: await asyncio.sleep(5)
        finally:
            for _ in range(10): await asyncio.sleep(0.002)
        return 1
    async def handler(): return await asyncio.create_task(work())
    for _ in range(3):
        task = asyncio.create_task(handler()); await asyncio.sleep(0.005)
        task.cancel()
        await asyncio.wait([task])
    return {"cancelled": task.cancelled(), "residual": n()}
run("c_cancel_reaches_awaited_task", main, {"cancelled": True, "residual": 0})
