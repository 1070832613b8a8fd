# Clean: a supervisor cancels a task again and again while it unwinds through slow finally blocks; it ends with that.
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
        await unwind(5)
        return "result"
    t = asyncio.create_task(work()); await asyncio.sleep(0.005)
    await Supervisor().kill(t)
    return {"cancelled": t.cancelled()}
run("c_supervisor_kills", main, {"cancelled": True})
