# Faulty before Python 3.13: a child's error on cancel becomes the group's; the direct cancel is lost. 3.13 re-arms it.
from _h import *
async def main():
    async def child():
        try: await asyncio.sleep(5)
        except asyncio.CancelledError: raise ValueError("while stopping") from None
    async def work():
        try:
            async with asyncio.TaskGroup() as tg: tg.create_task(child())
        except* ValueError: pass
        for _ in range(12): await asyncio.sleep(0.002)
    t = asyncio.create_task(work()); await asyncio.sleep(0.02); t.cancel()
    await asyncio.wait([t])
    return {"cancelled": t.cancelled()}
run("f_taskgroup_error_hides_cancel", main, {"cancelled": True})
