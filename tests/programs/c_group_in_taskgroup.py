# Clean: a child of an asyncio.TaskGroup fails while the host is in an AnyIO group inside it, and the other way round.
from _h import *; import anyio
async def main():
    async def bad(): await asyncio.sleep(0.01); raise ValueError
    outs = []
    try:
        async with asyncio.TaskGroup() as outer:
            outer.create_task(bad())
            async with anyio.create_task_group() as tg:
                tg.start_soon(anyio.sleep, 5); await anyio.sleep(5)
    except* ValueError: outs.append(n())
    try:
        async with anyio.create_task_group() as tg:
            tg.start_soon(bad)
            async with asyncio.TaskGroup() as inner:
                inner.create_task(asyncio.sleep(5)); await asyncio.sleep(5)
    except* ValueError: outs.append(n())
    for _ in range(8): await asyncio.sleep(0.002)
    return {"outs": outs, "residual": n()}
run("c_group_in_taskgroup", main, {"outs": [0, 0], "residual": 0})
