# Faulty: somebody makes a scope deliver though nothing has cancelled it.
from _h import *; import anyio
async def main():
    async def work():
        with anyio.CancelScope():
            with anyio.CancelScope() as scope:
                asyncio.get_running_loop().call_later(0.005, scope._deliver_cancellation, scope)
                await anyio.sleep(5)
    t = asyncio.create_task(work()); await asyncio.wait([t])
    return {"how": "cancelled" if t.cancelled() else "other"}
run("f_deliver_without_cancel", main, {"how": "other"})
