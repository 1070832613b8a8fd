# Clean: an async generator holds a task group between its yields and is run to its end by one task.
from _h import *; import anyio
async def main():
    async def ticker():
        async with anyio.create_task_group() as tg:
            tg.start_soon(anyio.sleep, 0.01)
            for i in range(3): yield i
    source = ticker(); error = None
    for _ in range(3): i = await anext(source)
    async def end(): await anext(source, None)
    try:
        await end()
    except RuntimeError as e: error = type(e).__name__
    await asyncio.sleep(0.03)
    return {"i": i, "error": error}
run("c_group_in_asyncgen", main, {"i": 2, "error": None})
