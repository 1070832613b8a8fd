# Faulty: in the midst of a time-out's cancel() gevent gives the turn to a greenlet that cancels a worker directly, which
# swallows that and runs on; the time-out is in order.
from gevent import monkey
monkey.patch_all()
import asyncio
import gevent
# Deep in the stack, so that the hub's begins below the frames of all that comes.
def begin_hub(depth): return sorted([depth], key=lambda depth: begin_hub(depth - 1) if depth else gevent.sleep(0) or 0)
class Waiting(asyncio.Future):
    def cancel(self, msg=None):
        gevent.sleep(0.005)
        return super().cancel(msg)
async def worker():
    try: await asyncio.sleep(60)
    except asyncio.CancelledError: pass
    for _ in range(20): await asyncio.sleep(0.002)
async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0)
    greenlet = gevent.spawn_later(0.012, task.cancel)
    try:
        async with asyncio.timeout(0.01): await Waiting()
    except TimeoutError: pass
    greenlet.join()
    await asyncio.wait([task])
begin_hub(30)
asyncio.run(main())
print("done")
