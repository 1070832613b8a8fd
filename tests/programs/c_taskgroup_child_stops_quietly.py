# Clean: a direct cancel reaches the children of a TaskGroup, they end, the CancelledError goes on.
from _h import *
async def main():
    async def child():
        try: await asyncio.sleep(5)
        except asyncio.CancelledError: raise
    async def work():
        try:
            async with asyncio.TaskGroup() as tg: tg.create_task(child())
        except* ValueError: pass
        for _ in range(12): await asyncio.sleep(0.002)
    t = asyncio.create_task(work()); await asyncio.sleep(0.02); t.cancel()
    await asyncio.wait([t])
    return {"cancelled": t.cancelled()}
run("c_taskgroup_child_stops_quietly", main, {"cancelled": True})
