# Clean: a timeout expires and a direct cancel arrives in one iteration, in either order: the task ends as cancelled.
from _h import *; import time
async def main():
    cancelled = []
    for at in (0.1, 0.2):
        async def work():
            async with asyncio.timeout(0.15): time.sleep(0.3); await asyncio.sleep(5)
        t = asyncio.create_task(work())
        asyncio.get_running_loop().call_later(at, t.cancel)
        await asyncio.wait([t])
        cancelled.append((t.cancelled(), t.cancelling()))
    return {"cancelled": cancelled}
run("c_timeout_and_direct_cancel", main, {"cancelled": [(True, 1)] * 2})
