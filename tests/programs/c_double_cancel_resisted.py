# Clean: two cancels arrive at once and the worker takes both back before it goes on.
from _h import *
async def main():
    async def worker():
        me = asyncio.current_task()
        try: await asyncio.sleep(5)
        except asyncio.CancelledError:
            while me.uncancel() > 0: pass
        for _ in range(12): await asyncio.sleep(0.002)
    t = asyncio.create_task(worker()); await asyncio.sleep(0.01)
    t.cancel("stop"); t.cancel("stop, I said")
    await t
    return {"residual": t.cancelling()}
run("c_double_cancel_resisted", main, {"residual": 0})
