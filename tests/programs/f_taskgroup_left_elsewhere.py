# Faulty: a TaskGroup entered by hand in one task and left in another.
from _h import *
async def main():
    group = asyncio.TaskGroup()
    await group.__aenter__(); group.create_task(asyncio.sleep(0.01))
    async def leave(): await group.__aexit__(None, None, None)
    await asyncio.create_task(leave())
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("f_taskgroup_left_elsewhere", main, {"residual": 0})
