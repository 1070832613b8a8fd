# Faulty: a handler waits for its work in a task of its own; Task.cancel() goes there, is stopped there, and the work goes
# on to its end. The handler never hears of it, and returns at once.
from _h import *
async def main():
    async def work():
        try: await asyncio.sleep(5)
        except asyncio.CancelledError: pass
        for _ in range(10): await asyncio.sleep(0.002)
        return 1
    async def handler(): return await asyncio.create_task(work())
    for _ in range(3):
        task = asyncio.create_task(handler()); await asyncio.sleep(0.005)
        task.cancel()
        await asyncio.wait([task])
    return {"cancelled": task.cancelled(), "residual": n()}
run("f_cancel_reaches_awaited_task", main, {"cancelled": True, "residual": 0})
