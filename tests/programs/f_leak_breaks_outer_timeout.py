# Faulty before 3.13: a TaskGroup fails in its exit and leaves a request; the timeout around it cannot tell its own.
from _h import *
async def main():
    async def bad(): await asyncio.sleep(0.004); raise ValueError
    async def work():
        async with asyncio.timeout(0.5):
            try:
                async with asyncio.TaskGroup() as tg: tg.create_task(bad())
            except* ValueError: pass
            await asyncio.sleep(5)
    t = asyncio.create_task(work()); await asyncio.wait([t])
    return {"how": "cancelled" if t.cancelled() else type(t.exception()).__name__}
run("f_leak_breaks_outer_timeout", main, {"how": "TimeoutError"})
