# Faulty: a task cancels itself, swallows that and runs on.
from _h import *
async def main():
    async def quits(waits):
        asyncio.current_task().cancel("enough")
        try:
            if waits: await asyncio.sleep(0)
        except asyncio.CancelledError:
            pass
        for _ in range(12 if waits else 0): await asyncio.sleep(0.002)
    tasks = [asyncio.create_task(quits(waits)) for waits in (True,)]
    await asyncio.wait(tasks)
    return {"cancelled": all(t.cancelled() for t in tasks)}
run("f_self_cancel_swallowed", main, {"cancelled": True})
