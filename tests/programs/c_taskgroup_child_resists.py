# Clean: a child of an aborted TaskGroup swallows its cancel and works on; its request ends with it, the group waits.
from _h import *
async def main():
    async def bad(): await asyncio.sleep(0.01); raise ValueError
    async def stubborn():
        try: await asyncio.sleep(5)
        except asyncio.CancelledError: pass
        for _ in range(15): await asyncio.sleep(0.002)
        return "finished"
    try:
        async with asyncio.TaskGroup() as tg:
            t = tg.create_task(stubborn()); tg.create_task(bad())
            await asyncio.sleep(5)
    except* ValueError: pass
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n(), "r": t.result()}
run("c_taskgroup_child_resists", main, {"residual": 0, "r": "finished"})
