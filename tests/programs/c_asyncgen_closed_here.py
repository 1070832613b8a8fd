# Clean: a generator holding a timeout is left early and closed by the task that used it.
from _h import *; import contextlib
async def main():
    async def ticks():
        async with asyncio.timeout(5):
            for i in range(10):
                yield i
                await asyncio.sleep(0.001)
    async with contextlib.aclosing(ticks()) as source:
        async for i in source:
            if i == 2: break
    await asyncio.sleep(0.02)
    return {"i": i, "residual": n()}
run("c_asyncgen_closed_here", main, {"i": 2, "residual": 0})
