# Clean: an exit stack with a timeout on it is closed by the task that filled it.
from _h import *; import contextlib
async def main():
    stack = contextlib.AsyncExitStack()
    await stack.enter_async_context(asyncio.timeout(5))
    await asyncio.sleep(0.005)
    await stack.aclose()
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_exitstack_closed_here", main, {"residual": 0})
