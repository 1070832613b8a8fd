# Clean: the coroutine of an exit is kept, and let go of while a later scope is open: it had been left long before.
from _h import *
async def main():
    async def work(scope):
        await scope.__aenter__()
        await asyncio.sleep(0.002)
        left = scope.__aexit__(None, None, None)
        await left
        async with asyncio.timeout(5):
            await asyncio.sleep(0.002)
            left = None
            await asyncio.sleep(0.002)
        await asyncio.sleep(0.002)
    for kind in (lambda: asyncio.timeout(5), asyncio.TaskGroup):
        for _ in range(3): await asyncio.create_task(work(kind()))
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_exit_dropped_later", main, {"residual": 0})
