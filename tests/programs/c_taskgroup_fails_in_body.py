# Clean: a child of a TaskGroup fails while the body still waits: the group takes its request back.
from _h import *
async def main():
    async def bad(): await asyncio.sleep(0.005); raise ValueError
    for _ in range(3):
        try:
            async with asyncio.TaskGroup() as tg:
                tg.create_task(bad())
                await asyncio.sleep(5)
        except* ValueError: pass
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_taskgroup_fails_in_body", main, {"residual": 0})
