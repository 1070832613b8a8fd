# Clean: a child cancels the task that waits for it; that ends, and the child with it.
from _h import *
async def main():
    async def child(parent):
        await asyncio.sleep(0.005); parent.cancel("child says so"); await asyncio.sleep(5)
    async def work():
        task = asyncio.create_task(child(asyncio.current_task()))
        try: await task
        except asyncio.CancelledError:
            raise
        for _ in range(12): await asyncio.sleep(0.002)
    t = asyncio.create_task(work()); await asyncio.wait([t])
    return {"cancelled": t.cancelled()}
run("c_child_cancels_parent", main, {"cancelled": True})
