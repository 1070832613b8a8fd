# Faulty: a cancelled task cleans up under timeouts that expire, and then runs on.
from _h import *; import contextlib
async def main():
    async def work():
        try: await asyncio.sleep(5)
        except asyncio.CancelledError:
            for _ in range(3):
                with contextlib.suppress(TimeoutError, asyncio.CancelledError):  # the latter: 3.11.2
                    async with asyncio.timeout(0.005): await asyncio.sleep(5)
            pass
        for _ in range(12): await asyncio.sleep(0.002)
    t = asyncio.create_task(work()); await asyncio.sleep(0.01); t.cancel()
    await asyncio.wait([t])
    return {"cancelled": t.cancelled()}
run("f_cleanup_forgets_to_raise", main, {"cancelled": True})
