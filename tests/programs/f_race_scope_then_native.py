# Faulty in AnyIO 4.0 to 4.14: the scope's first: its exit swallows the one CancelledError that stands for both.
from _h import *; import anyio
async def main():
    box = []
    async def work():
        with anyio.CancelScope() as scope:
            box.append(scope); await anyio.sleep(5)
        for _ in range(12): await asyncio.sleep(0.002)
    t = asyncio.create_task(work()); await asyncio.sleep(0.01)
    box[0].cancel(); t.cancel()
    await asyncio.wait([t])
    return {"cancelled": t.cancelled()}
run("f_race_scope_then_native", main, {"cancelled": True})
