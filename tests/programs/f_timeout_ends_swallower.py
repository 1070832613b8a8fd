# Faulty: a worker swallows its cancellation and runs on, until the timeout around it ends it: cancelled in the end all the same.
from _h import *
async def main():
    async def work():
        async with asyncio.timeout(0.1):
            try: await asyncio.sleep(5)
            except asyncio.CancelledError: pass
            await asyncio.sleep(5)
    t = asyncio.create_task(work()); await asyncio.sleep(0.01); t.cancel()
    for _ in range(20): await asyncio.sleep(0.002)
    await asyncio.wait([t])
    return {"cancelled": t.cancelled(), "open": t.cancelling()}
run("f_timeout_ends_swallower", main, {"cancelled": True, "open": 1})
