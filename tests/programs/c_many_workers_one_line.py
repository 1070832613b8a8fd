# Clean: one line cancels two hundred tasks, some of them returning; each has one request and ends with it.
from _h import *
async def main():
    async def worker(i):
        try: await asyncio.sleep(5)
        except asyncio.CancelledError:
            if i % 7: raise
    tasks = [asyncio.create_task(worker(i)) for i in range(200)]; await asyncio.sleep(0.01)
    for t in tasks: t.cancel()
    await asyncio.wait(tasks)
    return {"done": all(t.done() for t in tasks)}
run("c_many_workers_one_line", main, {"done": True})
