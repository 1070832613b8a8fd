# Clean: a child of an AnyIO group is cancelled by Task.cancel(): it ends and the group follows it.
from _h import *; import anyio
async def main():
    tasks = []
    async def child(): tasks.append(asyncio.current_task()); await anyio.sleep(5)
    async with anyio.create_task_group() as tg:
        for _ in range(3): tg.start_soon(child)
        await anyio.sleep(0.005); tasks[1].cancel()
        await anyio.sleep(0.05)
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n(), "cancelled": [t.cancelled() for t in tasks]}
run("c_child_cancelled_directly", main, {"residual": 0, "cancelled": [True] * 3})
