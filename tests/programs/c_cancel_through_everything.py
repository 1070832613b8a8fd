# Clean: a direct cancel goes out through a scope, a timeout, both kinds of group and a shielded clean-up.
from _h import *; import anyio
async def main():
    async def work():
        async with asyncio.TaskGroup() as a:
            a.create_task(asyncio.sleep(5))
            with anyio.CancelScope():
                async with asyncio.timeout(5), anyio.create_task_group() as b:
                    b.start_soon(anyio.sleep, 5)
                    try: await anyio.sleep(5)
                    finally:
                        with anyio.CancelScope(shield=True): await anyio.sleep(0.005)
    for _ in range(2):
        t = asyncio.create_task(work()); await asyncio.sleep(0.01); t.cancel()
        await asyncio.wait([t]); assert t.cancelled()
    return {"open": t.cancelling()}
run("c_cancel_through_everything", main, {"open": 1})
