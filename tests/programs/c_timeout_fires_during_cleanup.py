# Clean: the clean-up of a directly cancelled task runs into the timeout around it: the task ends as cancelled.
from _h import *
async def main():
    async def work():
        async with asyncio.timeout(0.03):
            try: await asyncio.sleep(5)
            finally: await asyncio.sleep(5)
    t = asyncio.create_task(work()); await asyncio.sleep(0.01); t.cancel()
    await asyncio.wait([t])
    return {"cancelled": t.cancelled(), "open": t.cancelling()}
run("c_timeout_fires_during_cleanup", main, {"cancelled": True, "open": 1})
