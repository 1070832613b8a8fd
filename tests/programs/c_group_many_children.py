# Clean: a group with three hundred children is cancelled; each of them gets one delivery and takes a few rounds to end.
from _h import *; import anyio
async def main():
    async def child(i):
        try: await anyio.sleep(5)
        finally:
            for _ in range(i % 3):
                try: await anyio.sleep(0)
                except asyncio.CancelledError: pass
    async with anyio.create_task_group() as tg:
        for i in range(300): tg.start_soon(child, i)
        await anyio.sleep(0.01); tg.cancel_scope.cancel()
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_group_many_children", main, {"residual": 0})
