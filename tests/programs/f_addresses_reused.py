# Faulty: three of these short tasks swallow their cancel and run on.
from _h import *
async def main():
    async def work(i):
        try:
            async with asyncio.timeout(0 if i % 3 == 0 else 5): await asyncio.sleep(0.2)
        except TimeoutError: return
        except asyncio.CancelledError:
            if i % 60 != 2: raise
        for _ in range(12): await asyncio.sleep(0)
    kept = 0
    for i in range(150):
        t = asyncio.create_task(work(i)); await asyncio.sleep(0)
        if i % 3: t.cancel()
        await asyncio.wait([t]); kept += not t.cancelled() and t.cancelling()
        del t
    return {"kept": kept}
run("f_addresses_reused", main, {"kept": 0})
