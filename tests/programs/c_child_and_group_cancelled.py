# A child's own scope and its group are cancelled in one turn, and the child ends as soon as the error has reached it,
# as a call through anyio's BlockingPortal does when its future is cancelled while the portal stops.
from _h import *; import anyio
async def main():
    async with anyio.create_task_group() as group:
        async def child():
            try:
                with anyio.CancelScope() as own:
                    own.cancel(); group.cancel_scope.cancel()
                    await anyio.sleep(1)
            except asyncio.CancelledError: return
        group.start_soon(child)
    return {"residual": n()}
run("c_child_and_group_cancelled", main, {"residual": 0})
