# Clean: an exit stack with a scope on it is closed by the task that filled it.
from _h import *; import anyio, contextlib
async def main():
    stack = contextlib.AsyncExitStack(); error = None
    stack.enter_context(anyio.CancelScope())
    await asyncio.sleep(0.005)
    try:
        await stack.aclose()
    except RuntimeError as e: error = type(e).__name__
    for _ in range(8): await asyncio.sleep(0.002)
    return {"error": error}
run("c_scope_exit_here", main, {"error": None})
