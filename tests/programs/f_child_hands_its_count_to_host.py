# Faulty from AnyIO 4.7 on: a child's scope that ends within a cancelled group hands its count up to the group's scope,
# whose host is another task. That one then takes back a request too many: the one that somebody made directly.
from _h import *; import anyio
async def main():
    async def child(group):
        with anyio.CancelScope() as own:
            own.cancel()
            try: await anyio.sleep(1)
            finally: group.cancel_scope.cancel()
    async def worker():
        async with anyio.create_task_group() as group:
            group.start_soon(child, group)
            await anyio.sleep(1)
    task = asyncio.create_task(worker())
    await asyncio.sleep(0); task.cancel()
    await asyncio.wait([task])
    return {"residual": n(), "after": task.cancelling()}
run("f_child_hands_its_count_to_host", main, {"residual": 0})
