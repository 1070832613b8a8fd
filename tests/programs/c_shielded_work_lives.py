# Clean: the caller of shield() is cancelled and ends; the shielded task was never asked anything and goes on.
from _h import *
async def main():
    async def inner():
        for _ in range(20): await asyncio.sleep(0.002)
        return "done"
    kept = asyncio.create_task(inner())
    async def caller(): return await asyncio.shield(kept)
    t = asyncio.create_task(caller()); await asyncio.sleep(0.005); t.cancel()
    await asyncio.wait([t])
    return {"cancelled": t.cancelled(), "kept": await kept, "residual": kept.cancelling()}
run("c_shielded_work_lives", main, {"cancelled": True, "kept": "done", "residual": 0})
