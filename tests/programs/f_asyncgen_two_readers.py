# Faulty: two tasks take turns at a generator that opens a timeout around each item: entered here, left there.
from _h import *
async def main():
    async def items():
        for i in range(4):
            async with asyncio.timeout(5): yield i
    source = items(); got = []
    async def read(count):
        for _ in range(count): got.append(await anext(source))
    await read(2); await asyncio.create_task(read(2))
    await asyncio.sleep(0.01)
    await asyncio.create_task(source.aclose())
    return {"got": got}
run("f_asyncgen_two_readers", main, {"got": [0, 1, 2, 3]})
