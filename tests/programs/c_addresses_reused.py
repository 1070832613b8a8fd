# Clean: 150 short tasks and timeouts, one after the other at the same addresses; all end when cancelled.
from _h import *
async def main():
    async def work(i):
        try:
            async with asyncio.timeout(0 if i % 3 == 0 else 5): await asyncio.sleep(0.2)
        except TimeoutError: return
        except asyncio.CancelledError:
            raise
        for _ in range(12): await asyncio.sleep(0)
    kept = 0
    for i in range(150):
        t = asyncio.create_task(work(i)); await asyncio.sleep(0)
        if i % 3: t.cancel()
        await asyncio.wait([t]); kept += not t.cancelled() and t.cancelling()
        del t
    return {"kept": kept}
run("c_addresses_reused", main, {"kept": 0})
