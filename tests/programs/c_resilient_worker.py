# Clean: a worker that resists five cancels takes each back, as documented.
from _h import *
async def main():
    async def worker():
        resisted = 0
        while resisted < 5:
            try: await asyncio.sleep(5)
            except asyncio.CancelledError:
                resisted += 1
                asyncio.current_task().uncancel()
        for _ in range(8): await asyncio.sleep(0.002)
    t = asyncio.create_task(worker())
    for _ in range(5):
        await asyncio.sleep(0.01); t.cancel()
    await t
    return {"residual": t.cancelling()}
run("c_resilient_worker", main, {"residual": 0})
