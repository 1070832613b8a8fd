# Clean: a worker inside a TaskGroup resists a direct cancel, as documented.
from _h import *
async def main():
    async def child():
        await asyncio.sleep(0.01)
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
run("c_uncancel_direct_in_taskgroup", main, {"r": (0, False)})
