# Faulty: one child of the TaskGroup cleans up for 0.2 s: the scope delivers to the waiting group thousands of times.
from _h import *; import anyio
async def main():
    async def child(i):
        try: await asyncio.sleep(5)
        finally:
            await asyncio.sleep(0.2 * i)
    with anyio.move_on_after(0.01):
        async with asyncio.TaskGroup() as tg:
            for i in range(2): tg.create_task(child(i))
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n(), "storm": sum(e[1] == "cancel" for e in EV) > 500}
run("f_storm_taskgroup_in_scope", main, {"residual": 0, "storm": False})
