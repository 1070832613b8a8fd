# Clean: the canceller takes its request back when the task has ended with it: too late to matter.
from _h import *
async def main():
    for _ in range(3):
        t = asyncio.create_task(asyncio.sleep(5)); await asyncio.sleep(0.002)
        t.cancel(); await asyncio.wait([t]); t.uncancel()
    for _ in range(8): await asyncio.sleep(0.002)
    return {"cancelled": t.cancelled(), "left": t.cancelling()}
run("c_uncancel_after_end", main, {"cancelled": True, "left": 0})
