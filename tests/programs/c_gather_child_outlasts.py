# Clean: one of two that gather() waits for catches the CancelledError and works on; gather() raises it all the same when
# that one is done. Requests are late, and not lost.
from _h import *
async def main():
    async def work(i):
        try: await asyncio.sleep(5)
        except asyncio.CancelledError:
            if i: raise
        for _ in range(10): await asyncio.sleep(0.002)
    async def handler(): await asyncio.gather(work(0), work(1), return_exceptions=True)
    task = asyncio.create_task(handler()); await asyncio.sleep(0.005)
    task.cancel()
    await asyncio.wait([task])
    return {"cancelled": task.cancelled(), "residual": n()}
run("c_gather_child_outlasts", main, {"cancelled": True, "residual": 0})
