# Faulty: a resource's exit suppresses whatever leaves its block, a direct cancel included; the task runs on.
from _h import *
class Resource:
    async def __aenter__(self): return self
    async def __aexit__(self, kind, error, trace):
        await asyncio.sleep(0)
        return True
async def main():
    async def work():
        async with Resource(): await asyncio.sleep(5)
        for _ in range(12): await asyncio.sleep(0.002)
    t = asyncio.create_task(work()); await asyncio.sleep(0.01); t.cancel()
    await asyncio.wait([t])
    return {"cancelled": t.cancelled()}
run("f_manager_suppresses", main, {"cancelled": True})
