# Clean: a task is cancelled before it has run at all: it ends without a step.
from _h import *
async def main():
    async def worker():
        try: await asyncio.sleep(5)
        except asyncio.CancelledError: pass
        for _ in range(12): await asyncio.sleep(0.002)
    t = asyncio.create_task(worker())
    assert not t.done()
    t.cancel()
    await asyncio.wait([t])
    return {"cancelled": t.cancelled()}
run("c_cancel_before_start", main, {"cancelled": True})
