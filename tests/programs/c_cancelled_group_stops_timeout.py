# Clean: as f_cancelled_group_stops_timeout, but the group has been cancelled since a child failed, and raises that error:
# the body of the timeout has ended all the same.
from _h import *; import anyio
async def main():
    outcomes = []
    async def fails():
        limit.reschedule(asyncio.get_running_loop().time() + 0.01)
        raise ValueError
    async def child():
        try: await anyio.sleep(5)
        finally:
            with anyio.CancelScope(shield=True):
                while not limit.expired(): await asyncio.sleep(0.002)
                await asyncio.sleep(0.01)
    for _ in range(3):
        try:
            async with asyncio.timeout(None) as limit:
                async with anyio.create_task_group() as group:
                    group.start_soon(child)
                    group.start_soon(fails)
            outcomes.append("left")
        except Exception as error: outcomes.append(any("ValueError" in repr(e) for e in (error, error.__context__)))
    return {"outcomes": outcomes, "residual": n()}
run("c_cancelled_group_stops_timeout", main, {"outcomes": [True] * 3, "residual": 0})
