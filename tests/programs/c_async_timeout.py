# async_timeout: three that expire, one that does not. Up to 4.0.2 an expiry never takes its request back.
from _h import *; import async_timeout
async def main():
    expired = 0
    for _ in range(3):
        try:
            async with async_timeout.timeout(0.01): await asyncio.sleep(1)
        except asyncio.TimeoutError: expired += 1
    async with async_timeout.timeout(1): await asyncio.sleep(0.005)
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n(), "expired": expired}
run("c_async_timeout", main, {"residual": 0, "expired": 3})
