# Faulty: a directly cancelled task cleans up in a scope that expires, and runs on.
from _h import *; import anyio, contextlib
async def main():
    async def work():
        try: await asyncio.sleep(5)
        except asyncio.CancelledError:
            with anyio.move_on_after(0.01): await anyio.sleep(5)
            pass
        for _ in range(12): await asyncio.sleep(0.002)
    t = asyncio.create_task(work()); await asyncio.sleep(0.01); t.cancel()
    await asyncio.wait([t])
    return {"cancelled": t.cancelled()}
run("f_cleanup_scope_forgets", main, {"cancelled": True})
