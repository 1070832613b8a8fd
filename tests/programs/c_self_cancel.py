# Clean: tasks that cancel themselves: at the next await, and one with no await left; all end as cancelled.
from _h import *
async def main():
    async def quits(waits):
        asyncio.current_task().cancel("enough")
        try:
            if waits: await asyncio.sleep(0)
        except asyncio.CancelledError:
            raise
        for _ in range(12 if waits else 0): await asyncio.sleep(0.002)
    tasks = [asyncio.create_task(quits(waits)) for waits in (True, False)]
    await asyncio.wait(tasks)
    return {"cancelled": all(t.cancelled() for t in tasks)}
run("c_self_cancel", main, {"cancelled": True})
