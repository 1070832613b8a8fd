# Clean: an eager child (3.12) fails inside create_task: the group cancels the task that is running, and takes it back.
from _h import *
async def main():
    if hasattr(asyncio, "eager_task_factory"): asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
    async def bad(): raise ValueError
    for _ in range(3):
        try:
            async with asyncio.TaskGroup() as tg:
                tg.create_task(asyncio.sleep(5)); tg.create_task(bad())
                await asyncio.sleep(5)
        except* ValueError: pass
        await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_eager_taskgroup_fails", main, {"residual": 0})
