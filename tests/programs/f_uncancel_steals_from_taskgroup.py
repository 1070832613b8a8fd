# Faulty: the same code resists the request of its own TaskGroup, whose child failed: that one was not its to take.
from _h import *
async def main():
    async def child():
        await asyncio.sleep(0.01)
        raise ValueError
    async def work():
        left, group = None, False
        try:
            async with asyncio.TaskGroup() as tg:
                tg.create_task(child())
                try: await asyncio.sleep(0.1)
                except asyncio.CancelledError: left = asyncio.current_task().uncancel()
        except* ValueError: group = True
        return left, group
    t = asyncio.create_task(work()); await asyncio.sleep(0.05); t.cancel()
    return {"r": await t}
run("f_uncancel_steals_from_taskgroup", main, {"r": (0, False)})
