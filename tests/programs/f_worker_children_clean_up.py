# Faulty: as c_worker_children_clean_up, but the workers work on when the error has reached them.
from _h import *; import anyio
async def main():
    async def cleans_up():
        try: await anyio.sleep(5)
        finally:
            with anyio.CancelScope(shield=True): await ten_turns()
    async def ten_turns():
        for _ in range(10): await asyncio.sleep(0.002)
    async def worker(child, wait):
        try:
            async with anyio.create_task_group() as group: group.start_soon(child); await wait()
        except asyncio.CancelledError: await ten_turns()
        return "stopped"
    async def in_block(): await anyio.sleep(5)
    async def at_exit(): pass
    results = []
    for wait in (in_block, at_exit):
        task = asyncio.create_task(worker(cleans_up, wait)); await asyncio.sleep(0.005)
        task.cancel(); await asyncio.wait([task]); results.append(task.cancelled())
    return {"results": results}
run("f_worker_children_clean_up", main, {"results": [True, True]})
