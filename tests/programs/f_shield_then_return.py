# Faulty: cancelled around shield(), a worker lets the inner work finish and forgets the cancel.
from _h import *
async def main():
    async def commit():
        for _ in range(12): await asyncio.sleep(0.002)
        return "committed"
    async def worker():
        inner = asyncio.create_task(commit())
        try: return await asyncio.shield(inner)
        except asyncio.CancelledError:
            await inner
            return inner.result()
    t = asyncio.create_task(worker()); await asyncio.sleep(0.005); t.cancel()
    await asyncio.wait([t])
    return {"cancelled": t.cancelled()}
run("f_shield_then_return", main, {"cancelled": True})
