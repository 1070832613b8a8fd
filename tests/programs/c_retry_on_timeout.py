# Clean: a retry loop repeats after TimeoutError; a direct cancel ends it.
from _h import *
async def main():
    async def fetch():
        for attempt in range(6):
            try:
                async with asyncio.timeout(0.01): await asyncio.sleep(5)
            except TimeoutError: continue
        for _ in range(8): await asyncio.sleep(0.002)
        return "gave up"
    t = asyncio.create_task(fetch()); await asyncio.sleep(0.025); t.cancel()
    await asyncio.wait([t])
    return {"cancelled": t.cancelled()}
run("c_retry_on_timeout", main, {"cancelled": True})
