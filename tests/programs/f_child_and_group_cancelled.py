# Faulty from AnyIO 4.7 on: as c_child_and_group_cancelled, but the child works on, with a request that nobody takes back.
from _h import *; import anyio
async def main():
    left = []
    async with anyio.create_task_group() as group:
        async def child():
            try:
                with anyio.CancelScope() as own:
                    own.cancel(); group.cancel_scope.cancel()
                    await anyio.sleep(1)
            except asyncio.CancelledError:
                with anyio.CancelScope(shield=True):
                    for _ in range(8): await anyio.sleep(0.002)
                left.append(asyncio.current_task().cancelling())
        group.start_soon(child)
    return {"left": left[0]}
run("f_child_and_group_cancelled", main, {"left": 0})
