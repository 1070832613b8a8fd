# Faulty: no child fails; the body catches a direct cancel and the task runs on after the group.
from _h import *
async def main():
    async def child():
        await asyncio.sleep(0.01)
        return ValueError
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
run("f_taskgroup_body_swallows_direct", main, {"open": 0})
