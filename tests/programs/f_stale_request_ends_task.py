# Faulty up to AnyIO 4.5: a child of a TaskGroup cancels the scope around that, and fails. What comes out of the scope is the
# group's error, so the scope takes nothing back. On Python 3.13 the group has cancelled the task once more: its next await,
# far outside, is its last.
from _h import *; import anyio
async def main():
    async def work():
        try:
            with anyio.CancelScope() as scope:
                async def fails():
                    await asyncio.sleep(0.003); scope.cancel(); raise ValueError
                async with asyncio.TaskGroup() as group: group.create_task(fails()); await asyncio.sleep(5)
        except ExceptionGroup: pass
        await asyncio.sleep(0.002)
    task = asyncio.create_task(work()); await asyncio.wait([task])
    return {"cancelled": task.cancelled(), "residual": task.cancelling()}
run("f_stale_request_ends_task", main, {"cancelled": False, "residual": 0})
