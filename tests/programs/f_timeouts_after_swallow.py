# Faulty: a worker swallows a direct cancel, then its timeouts, groups and waits go on as if nothing were open.
from _h import *
async def main():
    async def worker():
        try: await asyncio.sleep(5)
        except asyncio.CancelledError: pass
        for _ in range(4):
            try:
                async with asyncio.timeout(0.004): await asyncio.sleep(5)
            except (TimeoutError, asyncio.CancelledError): pass       # 3.11.2: the latter
        return "done"
    t = asyncio.create_task(worker()); await asyncio.sleep(0.01); t.cancel()
    await asyncio.wait([t])
    return {"cancelled": t.cancelled()}
run("f_timeouts_after_swallow", main, {"cancelled": True})
