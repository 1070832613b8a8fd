# Clean: quattro's TaskGroup: a child fails, another is cancelled with it.
from _h import *; import quattro
async def main():
    async def fail(): await asyncio.sleep(0.005); raise ValueError
    error = None
    try:
        async with quattro.TaskGroup() as group:
            group.create_task(fail()); group.create_task(asyncio.sleep(1)); await asyncio.sleep(1)
    except* ValueError as e: error = type(e).__name__
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n(), "error": error}
run("c_quattro_taskgroup", main, {"residual": 0, "error": "ExceptionGroup"})
