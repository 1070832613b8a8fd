# Clean: an AnyIO group under the eager task factory (3.12): children finish at once, fail late, are cancelled.
from _h import *; import anyio
async def main():
    if hasattr(asyncio, "eager_task_factory"): asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
    async def at_once(): return 1
    async def scoped():
        with anyio.move_on_after(0.002): await anyio.sleep(5)
        await anyio.sleep(5)
    async def bad(): await anyio.sleep(0.01); raise ValueError
    for child in (at_once, bad):
        try:
            async with anyio.create_task_group() as tg:
                for f in (at_once, scoped, child): tg.start_soon(f)
                await anyio.sleep(0.02); tg.cancel_scope.cancel()
        except* ValueError: pass
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_eager_group", main, {"residual": 0})
