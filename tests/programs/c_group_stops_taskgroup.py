# Clean: the same in an asyncio.TaskGroup whose child fails. Its error comes out all the same.
from _h import *; import anyio
async def main():
    async def fails():
        await asyncio.sleep(0.003); raise ValueError
    errors = 0
    for _ in range(3):
        try:
            async with asyncio.TaskGroup() as outer:
                outer.create_task(fails())
                async with anyio.create_task_group() as inner: inner.start_soon(anyio.sleep, 5)
        except* ValueError: errors += 1
    return {"errors": errors, "residual": n()}
run("c_group_stops_taskgroup", main, {"errors": 3, "residual": 0})
