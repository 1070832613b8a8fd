# Clean: as c_child_group_fails_with_outer, but a group in its body has handed its request to the child's group, which
# then waits for a shielded child.
from _h import *
import anyio
async def main():
    async def bad(): raise ValueError
    async def shielded():
        with anyio.CancelScope(shield=True):
            for _ in range(16): await asyncio.sleep(0)
    async def child():
        try:
            async with anyio.create_task_group() as failing:
                failing.start_soon(bad)
                failing.start_soon(shielded)
                async with anyio.create_task_group() as inner:
                    inner.start_soon(anyio.sleep, 1)
                    await asyncio.sleep(1)
        except* ValueError: pass
    async with anyio.create_task_group() as outer:
        outer.start_soon(child)
        for _ in range(12): await asyncio.sleep(0)
        outer.cancel_scope.cancel()
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_child_group_waits_for_shielded", main, {"residual": 0})
