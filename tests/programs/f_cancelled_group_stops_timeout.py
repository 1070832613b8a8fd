# Faulty up to AnyIO 3: as f_group_stops_timeout, but the group has been cancelled already, and a child cleans up.
from _h import *; import anyio
async def main():
    outcomes = []
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
                    await asyncio.sleep(0)
                    group.cancel_scope.cancel()
                    limit.reschedule(asyncio.get_running_loop().time() + 0.01)
            outcomes.append("left")
        except TimeoutError: outcomes.append("expired")
    return {"outcomes": outcomes, "residual": n()}
run("f_cancelled_group_stops_timeout", main, {"outcomes": ["expired"] * 3, "residual": 0})
