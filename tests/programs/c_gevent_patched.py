# Clean: asyncio as gevent patches it, its hub busy with other greenlets: workers that return when they are cancelled (one by
# a greenlet), time-outs, a group.
from gevent import monkey
monkey.patch_all()
import asyncio
import gevent
def beat():
    while True: gevent.sleep(0.0005)
async def worker():
    try: await asyncio.sleep(60)
    except asyncio.CancelledError: return
async def slow_worker():
    try: await asyncio.sleep(60)
    except asyncio.CancelledError: await asyncio.sleep(0)
async def timed():
    try:
        async with asyncio.timeout(0.01): await asyncio.sleep(60)
    except TimeoutError: pass
async def main():
    workers = [asyncio.create_task(work()) for work in (worker, slow_worker) * 3]
    await asyncio.sleep(0.01)
    for task in workers: task.cancel()
    await asyncio.wait(workers)
    other = asyncio.create_task(worker())
    await asyncio.sleep(0)
    gevent.spawn_later(0.005, other.cancel)
    while not other.done(): await asyncio.sleep(0.001)
    async with asyncio.TaskGroup() as group:
        for _ in range(5): group.create_task(timed())
greenlets = [gevent.spawn(beat) for _ in range(3)]
asyncio.run(main())
gevent.killall(greenlets)
print("done")
