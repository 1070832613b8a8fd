# Clean, once AnyIO stops no more errors (4.0): workers return as soon as the error reaches them: when their groups have
# waited for children that clean up, or that are in a shield and hear of nothing.
from _h import *; import anyio, contextlib
async def main():
    async def cleans_up():
        try: await anyio.sleep(5)
        finally:
            with anyio.CancelScope(shield=True): await ten_turns()
    async def shielded():
        with anyio.CancelScope(shield=True): await asyncio.sleep(0.01); await ten_turns()
    async def ten_turns():
        for _ in range(10): await asyncio.sleep(0.002)
    async def worker(child, wait):
        with contextlib.suppress(asyncio.CancelledError):
            async with anyio.create_task_group() as group: group.start_soon(child); await wait()
        return "stopped"
    async def in_block(): await anyio.sleep(5)
    async def at_exit(): pass
    results = []
    for child in (cleans_up, shielded):
        for wait in (in_block, at_exit):
            task = asyncio.create_task(worker(child, wait)); await asyncio.sleep(0.005)
            task.cancel(); results.append(await task)
    return {"results": results}
run("c_worker_children_clean_up", main, {"results": ["stopped"] * 4})
