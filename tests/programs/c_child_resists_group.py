# Clean: a child swallows its group's cancel for some rounds, works on shielded and returns a result: it ends.
from _h import *; import anyio
async def main():
    async def child():
        for _ in range(6):
            try: await anyio.sleep(5)
            except asyncio.CancelledError: pass
        with anyio.CancelScope(shield=True):
            for _ in range(8): await anyio.sleep(0.002)
        return "result"
    async with anyio.create_task_group() as tg:
        tg.start_soon(child)
        await anyio.sleep(0.005); tg.cancel_scope.cancel()
        with anyio.CancelScope(shield=True): await anyio.sleep(0.04)
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_child_resists_group", main, {"residual": 0})
