# Faulty: another task takes back the request of a timeout that has expired but not been left yet.
from _h import *
async def main():
    async def work():
        async with asyncio.timeout(0.01):
            try: await asyncio.sleep(5)
            finally: await asyncio.sleep(0.03)
    t = asyncio.create_task(work()); await asyncio.sleep(0.025)
    took = t.cancelling(); t.uncancel()
    await asyncio.wait([t])
    return {"took": took, "how": type(t.exception()).__name__}
run("f_other_task_uncancels", main, {"took": 0, "how": "TimeoutError"})
