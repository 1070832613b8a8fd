# Clean: children of an asyncio.TaskGroup sit in AnyIO scopes and groups of their own when a sibling fails.
from _h import *; import anyio
async def main():
    async def scoped():
        with anyio.fail_after(5):
            with anyio.CancelScope(): await anyio.sleep(5)
    async def grouped():
        async with anyio.create_task_group() as tg:
            tg.start_soon(scoped); await anyio.sleep(5)
    async def bad():
        with anyio.fail_after(0.01): await anyio.sleep(5)
    for _ in range(2):
        try:
            async with asyncio.TaskGroup() as tg:
                for child in (scoped, grouped, bad): tg.create_task(child())
                await asyncio.sleep(5)
        except* TimeoutError: pass
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_scopes_in_taskgroup_children", main, {"residual": 0})
