# Faulty: the task was cancelled in the first run, caught the CancelledError, and still works in the second one.
from _h import *
async def main():
    stop = False
    async def ticker():
        while not stop:
            try: await asyncio.sleep(0.001)
            except asyncio.CancelledError: pass
    async def first():
        task = asyncio.create_task(ticker()); await asyncio.sleep(0.005); task.cancel(); await asyncio.sleep(0.01)
        return task
    async def second(task):
        nonlocal stop
        await asyncio.sleep(0.01); stop = True; await task
    def twice():
        with asyncio.Runner() as runner: task = runner.run(first()); runner.run(second(task))
        return task.cancelled()
    return {"ended": await asyncio.to_thread(twice)}
run("f_runner_second_run", main, {"ended": True})
