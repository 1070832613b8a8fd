# Faulty: the same uncancel() meets the request of an expired timeout and takes it from it.
from _h import *
async def main():
    took = 0
    async def step():
        nonlocal took
        try: await asyncio.sleep(5)
        finally:
            took += n(); asyncio.current_task().uncancel()
    for _ in range(3):
        try:
            async with asyncio.timeout(0.03): await step()
        except TimeoutError: pass
        for _ in range(8): await asyncio.sleep(0.002)
    return {"took": took}
run("f_extra_uncancel_in_timeout", main, {"took": 0})
