# Faulty: an exit stack with a scope on it is closed by another task: AnyIO refuses, the scope stays open.
from _h import *; import anyio, contextlib
async def main():
    stack = contextlib.AsyncExitStack(); error = None
    stack.enter_context(anyio.CancelScope())
    await asyncio.sleep(0.005)
    try:
        await asyncio.create_task(stack.aclose())
    except RuntimeError as e: error = type(e).__name__
    for _ in range(8): await asyncio.sleep(0.002)
    return {"error": error}
run("f_scope_exit_in_task", main, {"error": None})
