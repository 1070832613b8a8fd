# Faulty: the body catches a direct cancel while the timeout has not expired, and the task runs on.
from _h import *
async def main():
    async def work():
        async with asyncio.timeout(5):
            try: await asyncio.sleep(5)
            except asyncio.CancelledError: pass
        for _ in range(12): await asyncio.sleep(0.002)
    t = asyncio.create_task(work()); await asyncio.sleep(0.12); t.cancel()
    await asyncio.wait([t])
    return {"open": t.cancelling()}
run("f_timeout_body_swallows_direct", main, {"open": 0})
