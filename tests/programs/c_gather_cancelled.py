# Clean: a gather() is cancelled as a whole; its children end.
from _h import *
async def main():
    async def child(i):
        try: await asyncio.sleep(5)
        except asyncio.CancelledError:
            raise
        for _ in range(15): await asyncio.sleep(0.002)
    children = [asyncio.create_task(child(i)) for i in range(2)]
    group = asyncio.gather(*children); await asyncio.sleep(0.01)
    group.cancel()
    try: await group
    except asyncio.CancelledError: pass
    await asyncio.wait(children)
    return {"cancelled": [c.cancelled() for c in children], "residual": n()}
run("c_gather_cancelled", main, {"cancelled": [True, True], "residual": 0})
