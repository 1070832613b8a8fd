# Faulty: a body under async_timeout swallows the CancelledError of somebody's direct request.
from _h import *; import async_timeout
async def main():
    async def work():
        try:
            async with async_timeout.timeout(1): await asyncio.sleep(1)
        except asyncio.CancelledError: pass
        for _ in range(8): await asyncio.sleep(0.002)
    task = asyncio.create_task(work()); await asyncio.sleep(0.005)
    task.cancel(); await asyncio.wait([task])
    return {"residual": task.cancelling()}
run("f_async_timeout_body_swallows", main, {"residual": 0})
