# Clean: three uvloop loops in three threads, deadlines that pass, a worker that is cancelled and ends.
import asyncio, threading, uvloop
async def main():
    async def worker():
        while True: await asyncio.sleep(0.005)
    for _ in range(5):
        try:
            async with asyncio.timeout(0.01): await asyncio.sleep(1)
        except TimeoutError: pass
    task = asyncio.create_task(worker()); await asyncio.sleep(0.01)
    task.cancel(); await asyncio.wait([task])
    async with asyncio.TaskGroup() as group:
        for _ in range(3): group.create_task(asyncio.sleep(0.01))
def thread():
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner: runner.run(main())
threads = [threading.Thread(target=thread) for _ in range(3)]
for t in threads: t.start()
for t in threads: t.join()
print("done")
