# Clean enough: an uncancel() in a finally, nothing to take back: 0 -> 0, a note at most.
from _h import *
async def main():
    took = 0
    async def step():
        nonlocal took
        try: await asyncio.sleep(0.001)
        finally:
            took += n(); asyncio.current_task().uncancel()
    for _ in range(3):
        try:
            async with asyncio.timeout(5): await step()
        except TimeoutError: pass
        for _ in range(8): await asyncio.sleep(0.002)
    return {"took": took}
run("c_extra_uncancel", main, {"took": 0})
