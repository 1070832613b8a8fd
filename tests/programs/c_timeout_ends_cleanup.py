# Clean: the twin of f_timeout_ends_swallower that is still cleaning up, for many turns of the loop, when the timeout around it expires.
from _h import *
async def main():
    async def work():
        async with asyncio.timeout(0.1):
            try: await asyncio.sleep(5)
            finally: await asyncio.sleep(5)
    t = asyncio.create_task(work()); await asyncio.sleep(0.01); t.cancel()
    for _ in range(20): await asyncio.sleep(0.002)
    await asyncio.wait([t])
    return {"cancelled": t.cancelled(), "open": t.cancelling()}
run("c_timeout_ends_cleanup", main, {"cancelled": True, "open": 1})
