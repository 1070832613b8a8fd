# Clean: in one turn of the loop a child's timeout expires around a group of its own, and the group that the child is in
# is cancelled: the child ends of that, whatever AnyIO leaves counted on it (anyio#790).
from _h import *
import anyio, time
async def main():
    async def child():
        async with asyncio.timeout(0.01):
            async with anyio.create_task_group() as inner:
                inner.start_soon(anyio.sleep, 5)
                await anyio.sleep(5)
    async with anyio.create_task_group() as outer:
        outer.start_soon(child)
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_later(0.0101, outer.cancel_scope.cancel)
        time.sleep(0.02)
        await anyio.sleep(5)
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_child_timeout_around_group", main, {"residual": 0})
