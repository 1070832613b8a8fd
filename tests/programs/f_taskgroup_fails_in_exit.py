# Faulty before 3.13: a child fails while the group waits in its exit: the group never takes that request back.
from _h import *
async def main():
    async def bad(): await asyncio.sleep(0.005); raise ValueError
    for _ in range(3):
        try:
            async with asyncio.TaskGroup() as tg:
                tg.create_task(bad())
                await asyncio.sleep(0)
        except* ValueError: pass
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("f_taskgroup_fails_in_exit", main, {"residual": 0})
