# Faulty: a task of the pure-Python kind resists a cancel and keeps the request.
from _h import *
async def main():
    async def worker():
        try: await asyncio.sleep(5)
        except asyncio.CancelledError: pass
        for _ in range(12): await asyncio.sleep(0.002)
        return t.cancelling()   # from 3.14 on current_task() knows tasks of the other kind only
    t = asyncio.tasks._PyTask(worker(), loop=asyncio.get_running_loop())
    await asyncio.sleep(0.01); t.cancel()
    return {"residual": await t}
run("f_pytask_swallows", main, {"residual": 0})
