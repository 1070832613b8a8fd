# Faulty: a child fails in the moment in which it cancels the host of its group; the group's errors, in place of the
# CancelledError, are caught, and the host goes on to its next sleep.
from _h import *; import anyio
async def main():
    async def work():
        async def fails():
            await anyio.sleep(0.005); task.cancel(); raise ValueError
        try:
            async with anyio.create_task_group() as group: group.start_soon(fails); await anyio.sleep(5)
        except Exception: pass
        await asyncio.sleep(0.02)
    task = asyncio.create_task(work()); await asyncio.wait([task])
    return {"cancelled": task.cancelled()}
run("f_group_fails_as_cancelled", main, {"cancelled": True})
