# Clean: a cancelled task is slow to clean up, so the same code cancels it again: now it ends.
from _h import *
async def main():
    async def worker():
        try: await asyncio.sleep(5)
        finally: await asyncio.sleep(5)
    t = asyncio.create_task(worker()); await asyncio.sleep(0.01)
    while not t.done():
        t.cancel()
        await asyncio.wait([t], timeout=0.01)
    return {"cancelled": t.cancelled()}
run("c_double_cancel_impatient", main, {"cancelled": True})
