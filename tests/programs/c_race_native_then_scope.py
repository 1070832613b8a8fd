# Clean: a direct cancel and a scope's in one iteration, the direct one first: the task ends as cancelled.
from _h import *; import anyio
async def main():
    box = []
    async def work():
        with anyio.CancelScope() as scope:
            box.append(scope); await anyio.sleep(5)
        for _ in range(12): await asyncio.sleep(0.002)
    t = asyncio.create_task(work()); await asyncio.sleep(0.01)
    t.cancel(); box[0].cancel()
    await asyncio.wait([t])
    return {"cancelled": t.cancelled()}
run("c_race_native_then_scope", main, {"cancelled": True})
