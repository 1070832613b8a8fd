# Faulty: tasks of a subclass with its own cancel(): the home-made timeout leaves one request per use.
from _h import *
class Loud(asyncio.Task):
    def cancel(self, msg=None): return super().cancel(msg)
    def uncancel(self): return super().uncancel()
async def limited(seconds):
    task = asyncio.current_task()
    timer = asyncio.get_running_loop().call_later(seconds, lambda: task.cancel("late"))
    try: await asyncio.sleep(5)
    except asyncio.CancelledError:
        task.cancelling()
    finally: timer.cancel()
async def main():
    async def work():
        for _ in range(4): await limited(0.004)
        for _ in range(8): await asyncio.sleep(0.002)
        return n()
    asyncio.get_running_loop().set_task_factory(lambda loop, coro, **kw: Loud(coro, loop=loop, **kw))
    left = await asyncio.create_task(work())
    t = asyncio.create_task(asyncio.sleep(5)); await asyncio.sleep(0.005); t.cancel(); await asyncio.wait([t])
    return {"residual": left, "cancelled": t.cancelled()}
run("f_task_subclass", main, {"residual": 0, "cancelled": True})
