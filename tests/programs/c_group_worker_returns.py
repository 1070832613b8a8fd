# Clean, once AnyIO stops no more errors (4.0): workers that are cancelled in groups return at once, when their groups have
# waited for the children.
from _h import *; import anyio, contextlib
async def main():
    async def waits_for_children():
        async with anyio.create_task_group() as group: group.start_soon(anyio.sleep, 5); group.start_soon(anyio.sleep, 5)
    async def waits_in_block():
        async with anyio.create_task_group() as group: group.start_soon(anyio.sleep, 5); await anyio.sleep(5)
    async def worker(wait):
        with contextlib.suppress(asyncio.CancelledError): await wait()
        return "stopped"
    results = []
    for wait in (waits_for_children, waits_in_block):
        task = asyncio.create_task(worker(wait)); await asyncio.sleep(0.005)
        task.cancel(); results.append(await task)
    return {"results": results}
run("c_group_worker_returns", main, {"results": ["stopped", "stopped"]})
