# Faulty: greenlets that switch to each other in the midst of a Task.cancel() each, and end theirs in the order of their
# beginning; after that a worker swallows its cancellation and runs on.
import asyncio
from greenlet import getcurrent, greenlet
class Switching(asyncio.Future):
    other = None
    def cancel(self, msg=None):
        other, self.other = self.other, None
        if other is not None: other.switch()
        return super().cancel(msg)
async def wait_for(future): await future
async def worker():
    try: await asyncio.sleep(60)
    except asyncio.CancelledError: pass
    for _ in range(20): await asyncio.sleep(0.002)
async def main():
    loop = asyncio.get_running_loop()
    first, second = Switching(loop=loop), Switching(loop=loop)
    tasks = [loop.create_task(wait_for(future)) for future in (first, second)]
    await asyncio.sleep(0)
    first.other, second.other = greenlet(tasks[1].cancel), getcurrent()
    within = first.other
    tasks[0].cancel()       # begins, the other's begins, this one ends,
    within.switch()         # the other's ends
    task = loop.create_task(worker())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task, *tasks])
asyncio.run(main())
print("done")
