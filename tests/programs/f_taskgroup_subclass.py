# Faulty before 3.13: a subclass of TaskGroup whose child fails while the exit waits: one request stays.
from _h import *
class Limit(asyncio.Timeout):
    async def __aenter__(self): return await super().__aenter__()
    async def __aexit__(self, *error): return await super().__aexit__(*error)
class Group(asyncio.TaskGroup):
    async def __aenter__(self): return await super().__aenter__()
    async def __aexit__(self, *error): return await super().__aexit__(*error)
async def main():
    async def bad(): await asyncio.sleep(0.004); raise ValueError
    for _ in range(3):
        try:
            async with Limit(asyncio.get_running_loop().time() + 0.004): await asyncio.sleep(5)
        except (TimeoutError, asyncio.CancelledError): pass   # the latter: 3.11.2, once something has leaked
        try:
            async with Group() as tg:
                tg.create_task(bad())
                await asyncio.sleep(0)
        except* ValueError: pass
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("f_taskgroup_subclass", main, {"residual": 0})
