# Clean: a child task is cancelling its own two groups when the group that it runs in is cancelled, too. Nothing in it
# stops the error, nothing in it takes anything back; it ends of it.
from _h import *; import anyio
async def main():
    async def slow_to_end():
        try: await anyio.sleep(5)
        finally:
            with anyio.CancelScope(shield=True): await anyio.sleep(0.01)
    async def child():
        async with anyio.create_task_group() as around:
            try:
                async with anyio.create_task_group() as inside:
                    inside.start_soon(slow_to_end)
                    await anyio.sleep(0.002); inside.cancel_scope.cancel()
            finally: around.cancel_scope.cancel()
    async with anyio.create_task_group() as tg:
        tg.start_soon(child)
        await anyio.sleep(0.006); tg.cancel_scope.cancel()
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_child_group_and_outer_group", main, {"residual": 0})
