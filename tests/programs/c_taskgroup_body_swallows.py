# Clean: the body catches the CancelledError of its own failing group; the group takes back and raises its errors.
from _h import *
async def main():
    async def child():
        await asyncio.sleep(0.01)
        raise ValueError
    async def work():
        try:
            async with asyncio.TaskGroup() as tg:
                tg.create_task(child())
                try: await asyncio.sleep(5)
                except asyncio.CancelledError: pass
        except* ValueError: pass
        for _ in range(12): await asyncio.sleep(0.002)
    t = asyncio.create_task(work()); await asyncio.sleep(0.12); t.cancel()
    await asyncio.wait([t])
    return {"open": t.cancelling()}
run("c_taskgroup_body_swallows", main, {"open": 0})
