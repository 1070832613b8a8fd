# Clean: a cancelled worker takes many iterations to clean up, then ends as cancelled.
from _h import *
async def main():
    async def worker():
        try: await asyncio.sleep(5)
        except asyncio.CancelledError:
            for _ in range(15): await asyncio.sleep(0.002)
            raise
    t = asyncio.create_task(worker()); await asyncio.sleep(0.01); t.cancel()
    await asyncio.wait([t])
    return {"cancelled": t.cancelled()}
run("c_slow_cleanup_then_cancelled", main, {"cancelled": True})
