# Clean: a group is cancelled while its children sit in scopes of their own; their requests end with them.
from _h import *; import anyio
async def main():
    async def child(i):
        with anyio.CancelScope():
            with anyio.move_on_after(4): await anyio.sleep(5)
            return i
    for _ in range(2):
        async with anyio.create_task_group() as tg:
            for i in range(3): tg.start_soon(child, i)
            await anyio.sleep(0.005); tg.cancel_scope.cancel()
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_child_inner_scope", main, {"residual": 0})
