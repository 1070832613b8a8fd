# Faulty: two cancels arrive at once, the worker takes back one and runs on with the other.
from _h import *
async def main():
    async def worker():
        me = asyncio.current_task()
        try: await asyncio.sleep(5)
        except asyncio.CancelledError:
            me.uncancel()
        for _ in range(12): await asyncio.sleep(0.002)
    t = asyncio.create_task(worker()); await asyncio.sleep(0.01)
    t.cancel("stop"); t.cancel("stop, I said")
    await t
    return {"residual": t.cancelling()}
run("f_double_cancel_half_resisted", main, {"residual": 0})
