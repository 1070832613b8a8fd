# Faulty up to AnyIO 4.5: a task that is cancelled cancels its group on its way out, too. The group counts what it asks of
# its children, takes back as many from the task, which are not its own, and stops the error.
from _h import *; import anyio
async def main():
    async def work():
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.sleep, 5)
            try: await anyio.sleep(5)
            finally: group.cancel_scope.cancel()
        await anyio.sleep(0.02)
        return "alive"
    task = asyncio.create_task(work()); await asyncio.sleep(0.01); task.cancel()
    await asyncio.wait([task])
    return {"cancelled": task.cancelled()}
run("f_group_takes_for_children", main, {"cancelled": True})
