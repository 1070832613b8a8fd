# Faulty: the same task has started, and swallows the cancel.
from _h import *
async def main():
    async def worker():
        try: await asyncio.sleep(5)
        except asyncio.CancelledError: pass
        for _ in range(12): await asyncio.sleep(0.002)
    t = asyncio.create_task(worker())
    await asyncio.sleep(0)
    t.cancel()
    await asyncio.wait([t])
    return {"cancelled": t.cancelled()}
run("f_cancel_after_start", main, {"cancelled": True})
