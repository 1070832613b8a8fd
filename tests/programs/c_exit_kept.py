# Clean: scopes are left by hand, and the coroutines that left them are kept.
from _h import *
kept = []
async def main():
    async def work(scope):
        limit = asyncio.timeout(5)
        await limit.__aenter__()
        await scope.__aenter__()
        await asyncio.sleep(0.005)
        left = scope.__aexit__(None, None, None)
        kept.append(left)
        await left
        async with asyncio.timeout(5): await asyncio.sleep(0.001)
        left = limit.__aexit__(None, None, None)
        kept.append(left)
        await left
    await asyncio.create_task(work(asyncio.timeout(5)))
    await asyncio.create_task(work(asyncio.TaskGroup()))
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_exit_kept", main, {"residual": 0})
