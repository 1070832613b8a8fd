# Faulty: a cancelled worker works on for many iterations, then returns a result as if nobody had asked.
from _h import *
async def main():
    async def worker():
        try: await asyncio.sleep(5)
        except asyncio.CancelledError:
            for _ in range(15): await asyncio.sleep(0.002)
            return "result"
    t = asyncio.create_task(worker()); await asyncio.sleep(0.01); t.cancel()
    await asyncio.wait([t])
    return {"cancelled": t.cancelled()}
run("f_slow_cleanup_then_result", main, {"cancelled": True})
