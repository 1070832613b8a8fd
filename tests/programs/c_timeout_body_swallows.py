# Clean: the body catches its own timeout's CancelledError and leaves; the timeout takes its request back.
from _h import *
async def main():
    async def work():
        async with asyncio.timeout(0.01):
            try: await asyncio.sleep(5)
            except asyncio.CancelledError: pass
        for _ in range(12): await asyncio.sleep(0.002)
    t = asyncio.create_task(work()); await asyncio.sleep(0.12); t.cancel()
    await asyncio.wait([t])
    return {"open": t.cancelling()}
run("c_timeout_body_swallows", main, {"open": 0})
