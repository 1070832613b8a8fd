# Faulty: as c_group_delays_cancel, but the handler works on when the error has reached it.
from _h import *
async def main():
    async def child():
        try: await asyncio.sleep(5)
        finally:
            for _ in range(8): await asyncio.sleep(0.002)
    async def handler():
        try:
            async with asyncio.TaskGroup() as group: group.create_task(child())
        except asyncio.CancelledError:
            for _ in range(8): await asyncio.sleep(0.002)
            return "gone"
    t = asyncio.create_task(handler()); await asyncio.sleep(0.01); t.cancel()
    await asyncio.wait([t])
    return {"cancelled": t.cancelled()}
run("f_group_delays_cancel", main, {"cancelled": True})
