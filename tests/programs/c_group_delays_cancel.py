# A request handler that ends with a result when it is cancelled, as soon as the error reaches it: until then its group
# waits for a child that cleans up.
from _h import *
async def main():
    async def child():
        try: await asyncio.sleep(5)
        finally:
            for _ in range(8): await asyncio.sleep(0.002)
    async def handler():
        try:
            async with asyncio.TaskGroup() as group: group.create_task(child())
        except asyncio.CancelledError:
            return "gone"
    t = asyncio.create_task(handler()); await asyncio.sleep(0.01); t.cancel()
    await asyncio.wait([t])
    return {"result": t.result()}
run("c_group_delays_cancel", main, {"result": "gone"})
