# Clean: scopes of different tasks overlap in time in every order; each task nests its own properly.
from _h import *
async def main():
    async def work(a, b):
        async with asyncio.timeout(5):
            await asyncio.sleep(a)
            async with asyncio.TaskGroup() as tg:
                tg.create_task(asyncio.sleep(b))
                async with asyncio.timeout(4): await asyncio.sleep(a)
    await asyncio.gather(*(work(i * 0.003, (5 - i) * 0.004) for i in range(6)))
    return {"residual": n()}
run("c_tasks_interleave", main, {"residual": 0})
