# Faulty: a generator holding a timeout is left open; asyncio.run closes it at the end, in a task of its own.
from _h import *
async def ticks():
    async with asyncio.timeout(5):
        for i in range(10): yield i
async def main():
    main.source = ticks()
    async for i in main.source:
        if i == 2: break
    await asyncio.sleep(0.01)
    return {"i": i}
run("f_asyncgen_left_to_shutdown", main, {"i": 2})
