# Clean: timeouts and a TaskGroup move from one exit stack to another by pop_all() and are closed in order, here.
from _h import *; import contextlib
async def main():
    async def connect():
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(asyncio.timeout(5))
            group = await stack.enter_async_context(asyncio.TaskGroup())
            await stack.enter_async_context(asyncio.timeout(4))
            group.create_task(asyncio.sleep(0.005))
            return stack.pop_all()
    for _ in range(3):
        async with await connect(): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_exitstack_moved", main, {"residual": 0})
