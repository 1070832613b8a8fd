# Faulty: gevent in the main thread, its hub busy, asyncio as it is in another: a worker swallows its cancellation and runs
# on, one returns.
import asyncio
import gevent
def beat():
    while True: gevent.sleep(0.0005)
async def worker(more):
    try: await asyncio.sleep(60)
    except asyncio.CancelledError: pass
    for _ in range(more): await asyncio.sleep(0.002)
async def main():
    tasks = [asyncio.create_task(worker(more)) for more in (0, 20)]
    await asyncio.sleep(0.01)
    for task in tasks: task.cancel()
    await asyncio.wait(tasks)
greenlets = [gevent.spawn(beat) for _ in range(3)]
gevent.get_hub().threadpool.spawn(asyncio.run, main()).get()
gevent.killall(greenlets)
print("done")
