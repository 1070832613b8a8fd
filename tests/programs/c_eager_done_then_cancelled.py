# Clean: tasks that were done when their eager start was over are cancelled again and again, which does nothing to them.
# Up to Python 3.12.1 to ask such a task for its coroutine is the end of the process.
from _h import *
async def at_once(): return 1
async def fails(): raise ValueError
async def main():
    loop = asyncio.get_running_loop()
    loop.set_task_factory(getattr(asyncio, "eager_task_factory", None))
    done = [loop.create_task(kind()) for kind in (at_once, fails)]
    for _ in range(10):
        await asyncio.create_task(asyncio.sleep(0.002))
        for task in done: task.cancel()
    results = await asyncio.gather(*done, return_exceptions=True)
    return {"results": [type(result).__name__ for result in results]}
run("c_eager_done_then_cancelled", main, {})
