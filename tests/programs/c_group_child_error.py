# Clean: a direct cancel reaches the children of an AnyIO group, they end, the CancelledError goes on.
from _h import *; import anyio
async def main():
    async def child():
        try: await anyio.sleep(5)
        except asyncio.CancelledError: raise
    async def work():
        try:
            async with anyio.create_task_group() as tg: tg.start_soon(child)
        except* ValueError: pass
        for _ in range(12): await asyncio.sleep(0.002)
    t = asyncio.create_task(work()); await asyncio.sleep(0.02); t.cancel()
    await asyncio.wait([t])
    return {"cancelled": t.cancelled()}
run("c_group_child_error", main, {"cancelled": True})
