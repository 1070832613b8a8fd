# Clean: eager tasks (3.12) meet timeouts and cancels, at once and later, and end.
from _h import *
async def main():
    if hasattr(asyncio, "eager_task_factory"): asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
    async def at_once(): return n()
    async def limited():
        try:
            async with asyncio.timeout(0.005): await asyncio.sleep(5)
        except TimeoutError: return n()
    async def worker():
        try: await asyncio.sleep(5)
        except asyncio.CancelledError:
            raise
        for _ in range(12): await asyncio.sleep(0.002)
    tasks = [asyncio.create_task(f()) for f in (at_once, limited, at_once, worker)]
    await asyncio.sleep(0.02); tasks[3].cancel()
    await asyncio.wait(tasks)
    return {"cancelled": [t.cancelled() for t in tasks]}
run("c_eager_timeout", main, {"cancelled": [False, False, False, True]})
