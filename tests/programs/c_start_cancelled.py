# Clean: start() is cut off by a scope while the child has not reported yet: the child is cancelled and ends.
from _h import *; import anyio
async def main():
    async def service(*, task_status=None):
        await anyio.sleep(5); task_status.started()
    async with anyio.create_task_group() as tg:
        with anyio.move_on_after(0.01): await tg.start(service)
        await anyio.sleep(0.002)
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_start_cancelled", main, {"residual": 0})
