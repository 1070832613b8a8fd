# Faulty: the task's finally blocks are loops that swallow each cancel; it ends with a result of its own.
from _h import *
class Supervisor:
    async def kill(self, task):
        while not task.done():
            task.cancel()
            await asyncio.sleep(0.005)
async def main():
    async def unwind(depth):
        try: await asyncio.sleep(5)
        finally:
            if depth: await unwind(depth - 1)
    async def hold():
        try: await asyncio.sleep(5)
        except asyncio.CancelledError: pass
    async def work():
        for _ in range(6): await hold()
        return "result"
    t = asyncio.create_task(work()); await asyncio.sleep(0.005)
    await Supervisor().kill(t)
    return {"cancelled": t.cancelled()}
run("f_supervisor_gives_up", main, {"cancelled": True})
