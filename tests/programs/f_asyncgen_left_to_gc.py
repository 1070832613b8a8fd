# Faulty: a generator holding a timeout is left early; the loop closes it in a task of its own: exit in the wrong task.
from _h import *; import contextlib
async def main():
    async def ticks():
        async with asyncio.timeout(5):
            for i in range(10):
                yield i
                await asyncio.sleep(0.001)
    async for i in ticks():
        if i == 2: break
    await asyncio.sleep(0.02)
    return {"i": i, "residual": n()}
run("f_asyncgen_left_to_gc", main, {"i": 2, "residual": 0})
