# Clean: scopes cancelled before entry, after exit, twice, with no await left, by a past deadline and by moving it.
from _h import *; import anyio
async def main():
    scope = anyio.CancelScope(); scope.cancel()
    with scope: await anyio.sleep(5)
    with anyio.CancelScope() as scope: await anyio.sleep(0)
    scope.cancel()
    with anyio.CancelScope() as scope: scope.cancel(); scope.cancel(); await anyio.sleep(5)
    with anyio.CancelScope() as scope: scope.cancel()
    with anyio.move_on_after(0): await anyio.sleep(5)
    with anyio.CancelScope() as scope: scope.deadline = anyio.current_time() - 1; await anyio.sleep(5)
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_scope_odd_cancels", main, {"residual": 0})
