# Faulty: a retry loop repeats after TimeoutError and CancelledError alike; a direct cancel is just one more failure.
from _h import *
async def main():
    async def fetch():
        for attempt in range(6):
            try:
                async with asyncio.timeout(0.01): await asyncio.sleep(5)
            except (TimeoutError, asyncio.CancelledError): continue
        for _ in range(8): await asyncio.sleep(0.002)
        return "gave up"
    t = asyncio.create_task(fetch()); await asyncio.sleep(0.025); t.cancel()
    await asyncio.wait([t])
    return {"cancelled": t.cancelled()}
run("f_retry_on_any_cancel", main, {"cancelled": True})
