# Clean: a TaskGroup entered and left by hand, in one task.
from _h import *
async def main():
    group = asyncio.TaskGroup()
    await group.__aenter__(); group.create_task(asyncio.sleep(0.01))
    async def leave(): await group.__aexit__(None, None, None)
    await leave()
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_taskgroup_left_here", main, {"residual": 0})
