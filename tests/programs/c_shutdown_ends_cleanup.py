# Clean: the twin of f_shutdown_ends_swallower that is still cleaning up at the loop's shutdown, and one that keeps the error to raise it afterwards.
from _h import *
async def main():
    async def work():
        try: await asyncio.sleep(5)
        finally: await asyncio.sleep(5)
    async def work_then_raise():
        try: await asyncio.sleep(5)
        except asyncio.CancelledError as error: kept = error
        await asyncio.sleep(5)
        raise kept
    main.tasks = [asyncio.create_task(work()), asyncio.create_task(work_then_raise())]; await asyncio.sleep(0.01)
    for task in main.tasks: task.cancel()
    for _ in range(20): await asyncio.sleep(0.002)
    return {"done": any(task.done() for task in main.tasks)}
run("c_shutdown_ends_cleanup", main, {"done": False})
