# Clean: a child's error on cancel becomes the group's, before Python 3.13 instead of the CancelledError; it ends the task
# that was cancelled, or the block of the timeout, all the same.
from _h import *
async def main():
    async def child():
        try: await asyncio.sleep(5)
        except asyncio.CancelledError: raise ValueError("while stopping") from None
    async def work():
        async with asyncio.TaskGroup() as tg: tg.create_task(child())
    t = asyncio.create_task(work()); await asyncio.sleep(0.005); t.cancel()
    await asyncio.wait([t])
    ended = [type(t.exception()).__name__]
    async def limited():
        try:
            async with asyncio.timeout(0.005): await work()
        except* ValueError: ended.append("limited")
        assert n() == 0
        for _ in range(8): await asyncio.sleep(0.001)
    await asyncio.create_task(limited())
    return {"ended": ended, "residual": n()}
run("c_taskgroup_error_ends_task", main, {"ended": ["ExceptionGroup", "limited"], "residual": 0})
