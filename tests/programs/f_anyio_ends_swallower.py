# Faulty: a worker swallows its cancellation and runs on, until the cancel scope around it ends it: it returns, or so it seems, on time.
import anyio
from _h import *
async def main():
    async def work():
        with anyio.move_on_after(0.1):
            try: await asyncio.sleep(5)
            except asyncio.CancelledError: pass
            await asyncio.sleep(5)
        raise ValueError("nothing came")
    t = asyncio.create_task(work()); await asyncio.sleep(0.01); t.cancel()
    for _ in range(20): await asyncio.sleep(0.002)
    await asyncio.wait([t])
    return {"error": repr(t.exception())}
run("f_anyio_ends_swallower", main, {"error": "ValueError('nothing came')"})
