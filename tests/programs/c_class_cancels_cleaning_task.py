# Clean: a class cancels a task twice that takes its time to clean up; in the end its owner cancels it, too.
from _h import *
class Supervisor:
    def stop(self, task): task.cancel()
async def main():
    async def slow_to_end():
        try: await asyncio.sleep(5)
        finally:
            for _ in range(25): await asyncio.sleep(0.002)
    async def worker(how):
        try:
            async with asyncio.TaskGroup() as tg: tg.create_task(slow_to_end())
        except asyncio.CancelledError:
            if how: raise ValueError from None
            raise
    supervisor = Supervisor()
    ts = [asyncio.create_task(worker(how)) for how in (False, True)]; await asyncio.sleep(0.01)
    for _ in range(2):
        for t in ts: supervisor.stop(t)
        for _ in range(5): await asyncio.sleep(0.002)
    for t in ts: t.cancel()
    await asyncio.wait(ts)
    return {"cancelled": ts[0].cancelled(), "failed": type(ts[1].exception()).__name__}
run("c_class_cancels_cleaning_task", main, {"cancelled": True, "failed": "ValueError"})
