# Clean: a resource's exit notes the CancelledError that leaves its block, and lets it go on.
from _h import *
class Resource:
    async def __aenter__(self): return self
    async def __aexit__(self, kind, error, trace):
        await asyncio.sleep(0)
        return False
async def main():
    async def work():
        async with Resource(): await asyncio.sleep(5)
        for _ in range(12): await asyncio.sleep(0.002)
    t = asyncio.create_task(work()); await asyncio.sleep(0.01); t.cancel()
    await asyncio.wait([t])
    return {"cancelled": t.cancelled()}
run("c_manager_lets_go", main, {"cancelled": True})
