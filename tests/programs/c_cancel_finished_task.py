# Clean: cancel() on tasks that have ended is refused and counts for nothing.
from _h import *
async def main():
    async def quick(): return 1
    tasks = [asyncio.create_task(quick()) for _ in range(5)]
    await asyncio.wait(tasks)
    refused = [t.cancel() for t in tasks for _ in range(3)]
    return {"refused": not any(refused), "residual": max(t.cancelling() for t in tasks)}
run("c_cancel_finished_task", main, {"refused": True, "residual": 0})
