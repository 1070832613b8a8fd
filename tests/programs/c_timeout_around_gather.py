# Clean: asyncio.timeout around gather(): the request is passed on to each child; all of them end.
from _h import *
async def main():
    ended = []
    async def work(i):
        try: await asyncio.sleep(5)
        finally: ended.append(i)
    for _ in range(3):
        try:
            async with asyncio.timeout(0.005): await asyncio.gather(work(1), work(2), asyncio.gather(work(3), work(4)))
        except TimeoutError: pass
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n(), "ended": len(ended)}
run("c_timeout_around_gather", main, {"residual": 0, "ended": 12})
