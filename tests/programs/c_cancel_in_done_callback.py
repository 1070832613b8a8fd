# Clean: a supervisor: when one task fails, its done callback cancels the others, which end.
from _h import *
async def main():
    async def work(i):
        await asyncio.sleep(0.01 if i == 0 else 5)
        if i == 0: raise ValueError
    tasks = [asyncio.create_task(work(i)) for i in range(4)]
    def done(task):
        if not task.cancelled() and task.exception():
            for other in tasks: other.cancel()
    for t in tasks: t.add_done_callback(done)
    await asyncio.wait(tasks)
    return {"cancelled": sum(t.cancelled() for t in tasks)}
run("c_cancel_in_done_callback", main, {"cancelled": 3})
