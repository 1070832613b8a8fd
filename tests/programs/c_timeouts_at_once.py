# Clean: timeouts of zero and less, with and without an await inside.
from _h import *
async def main():
    expired = 0
    for seconds in (0, -1, 0.0, -5):
        async with asyncio.timeout(seconds): pass
        try:
            async with asyncio.timeout(seconds): await asyncio.sleep(0)
            await asyncio.sleep(0)
        except TimeoutError: expired += 1
        try:
            async with asyncio.timeout(seconds): await asyncio.sleep(5)
        except TimeoutError: expired += 1
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n(), "expired": expired >= 4}
run("c_timeouts_at_once", main, {"residual": 0, "expired": True})
