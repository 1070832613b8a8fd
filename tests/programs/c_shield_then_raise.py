# Clean: cancelled around shield(), a worker lets the inner work finish and then lets the cancel go on.
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
            raise
    t = asyncio.create_task(worker()); await asyncio.sleep(0.005); t.cancel()
    await asyncio.wait([t])
    return {"cancelled": t.cancelled()}
run("c_shield_then_raise", main, {"cancelled": True})
