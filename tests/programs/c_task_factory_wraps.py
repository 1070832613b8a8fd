# Clean: a task factory puts a coroutine of its own around each; scopes, groups and cancels inside.
from _h import *
async def main():
    async def logged(coro):
        try: return await coro
        finally: await asyncio.sleep(0)
    asyncio.get_running_loop().set_task_factory(lambda loop, coro, **k: asyncio.Task(logged(coro), loop=loop, **k))
    async def work():
        try:
            async with asyncio.timeout(0.004): await asyncio.sleep(5)
        except TimeoutError: pass
    for _ in range(3):
        async with asyncio.TaskGroup() as group:
            for i in range(3): group.create_task(work(), name=f"worker {i}")
        task = asyncio.create_task(asyncio.sleep(5)); await asyncio.sleep(0.001)
        task.cancel(); await asyncio.wait([task])
    for _ in range(8): await asyncio.sleep(0.001)
    return {"cancelled": task.cancelled(), "residual": n()}
run("c_task_factory_wraps", main, {"cancelled": True, "residual": 0})
