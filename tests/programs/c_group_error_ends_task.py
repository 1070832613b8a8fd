# Clean: a child's error on cancel becomes the group's, and ends the task that was cancelled.
from _h import *; import anyio
async def main():
    async def child():
        try: await anyio.sleep(5)
        except asyncio.CancelledError: raise ValueError("while stopping") from None
    async def work():
        async with anyio.create_task_group() as tg: tg.start_soon(child)
        for _ in range(12): await asyncio.sleep(0.002)
    t = asyncio.create_task(work()); await asyncio.sleep(0.02); t.cancel()
    await asyncio.wait([t])
    return {"how": type(t.exception()).__name__}
run("c_group_error_ends_task", main, {"how": "ExceptionGroup"})
