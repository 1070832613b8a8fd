# Clean: Condition.wait() catches the cancel, waits for its lock again (long), then lets it go on.
from _h import *
async def main():
    condition = asyncio.Condition()
    async def waiter():
        async with condition: await condition.wait()
    async def holder():
        async with condition:
            t.cancel()
            for _ in range(15): await asyncio.sleep(0.002)
    t = asyncio.create_task(waiter()); await asyncio.sleep(0.01)
    await holder()
    await asyncio.wait([t])
    return {"cancelled": t.cancelled()}
run("c_condition_wait_cancelled", main, {"cancelled": True})
