# Clean: a task of the pure-Python kind resists a cancel and takes it back.
from _h import *
async def main():
    async def worker():
        try: await asyncio.sleep(5)
        except asyncio.CancelledError:
            t.uncancel()   # from 3.14 on current_task() knows tasks of the other kind only
        for _ in range(12): await asyncio.sleep(0.002)
        return t.cancelling()
    t = asyncio.tasks._PyTask(worker(), loop=asyncio.get_running_loop())
    await asyncio.sleep(0.01); t.cancel()
    return {"residual": await t}
run("c_pytask_resilient", main, {"residual": 0})
