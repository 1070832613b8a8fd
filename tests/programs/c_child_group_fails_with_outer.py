# Clean: a child's own group fails, and so does the group that the child is in: the child handles its errors, and ends.
from _h import *
import anyio
async def main():
    async def bad(): raise ValueError
    async def child():
        try:
            async with anyio.create_task_group() as inner:
                inner.start_soon(bad)
                inner.start_soon(anyio.sleep, 1)
        except* ValueError: pass
    async with anyio.create_task_group() as outer:
        outer.start_soon(child)
        for _ in range(3): await asyncio.sleep(0)
        outer.cancel_scope.cancel()
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_child_group_fails_with_outer", main, {"residual": 0})
