# Faulty: cancelled, withdrawn, cancelled again: the task swallows the last request.
from _h import *
async def main():
    async def worker():
        try: await asyncio.sleep(5)
        except asyncio.CancelledError:
            pass
        for _ in range(12): await asyncio.sleep(0.002)
    t = asyncio.create_task(worker()); await asyncio.sleep(0.01)
    t.cancel(); t.uncancel(); t.cancel()
    await asyncio.wait([t])
    return {"cancelled": t.cancelled()}
run("f_cancel_uncancel_cancel", main, {"cancelled": True})
