# Clean: the same code cancels a task twice, at once; the task ends with it: two requests end with their task.
from _h import *
async def main():
    async def worker():
        try: await asyncio.sleep(5)
        finally: await asyncio.sleep(0)
    t = asyncio.create_task(worker()); await asyncio.sleep(0.01)
    for _ in range(2): t.cancel()
    await asyncio.wait([t])
    return {"cancelled": t.cancelled()}
run("c_double_cancel_ends", main, {"cancelled": True})
