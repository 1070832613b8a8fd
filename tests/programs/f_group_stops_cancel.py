# Faulty up to AnyIO 3: the same with a Task.cancel(), even if the task returns at once.
from _h import *; import anyio
async def main():
    async def work():
        async with anyio.create_task_group() as group: group.start_soon(anyio.sleep, 5)
        return "left"
    task = asyncio.create_task(work()); await asyncio.sleep(0.01); task.cancel()
    await asyncio.wait([task])
    return {"cancelled": task.cancelled()}
run("f_group_stops_cancel", main, {"cancelled": True})
