# Clean: a child has a group of its own, which is unwinding from a failure when the outer group aborts.
from _h import *
async def main():
    async def bad(delay): await asyncio.sleep(delay); raise ValueError
    async def slow():
        try: await asyncio.sleep(5)
        finally: await asyncio.sleep(0.02)
    async def inner():
        async with asyncio.TaskGroup() as group: group.create_task(bad(0.004)); group.create_task(slow())
    for _ in range(3):
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(inner()); group.create_task(bad(0.01))
                await asyncio.sleep(5)
        except* ValueError: pass
        assert n() == 0
    for _ in range(8): await asyncio.sleep(0.001)
    return {"residual": n()}
run("c_group_fails_while_aborted", main, {"residual": 0})
