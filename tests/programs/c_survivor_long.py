# Clean: a worker resists a cancel, takes it back and lives for hundreds of iterations.
from _h import *
async def main():
    async def worker():
        try: await asyncio.sleep(5)
        except asyncio.CancelledError:
            asyncio.current_task().uncancel()
        for _ in range(400): await asyncio.sleep(0)
    for _ in range(3):
        t = asyncio.create_task(worker()); await asyncio.sleep(0.005); t.cancel()
        await t; left = t.cancelling(); del t
    return {"residual": left}
run("c_survivor_long", main, {"residual": 0})
