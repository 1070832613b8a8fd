# Faulty: a callback that is Task.cancel itself cancels a worker that swallows it; uvloop, being C, leaves no frame between it and Runner.run().
import asyncio, uvloop
async def main():
    async def worker():
        try: await asyncio.sleep(5)
        except asyncio.CancelledError: pass
        for _ in range(20): await asyncio.sleep(0.002)
    task = asyncio.create_task(worker())
    asyncio.get_running_loop().call_later(0.01, task.cancel)
    await task
with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner: runner.run(main())
