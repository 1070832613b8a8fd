# Faulty: an exit stack with a timeout on it is closed by another task.
from _h import *; import contextlib
async def main():
    stack = contextlib.AsyncExitStack()
    await stack.enter_async_context(asyncio.timeout(5))
    await asyncio.sleep(0.005)
    await asyncio.create_task(stack.aclose())
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("f_exitstack_closed_in_task", main, {"residual": 0})
