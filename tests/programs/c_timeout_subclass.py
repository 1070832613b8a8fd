# Clean: subclasses of Timeout and TaskGroup with enter and exit of their own that call super.
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
                await asyncio.sleep(5)
        except* ValueError: pass
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_timeout_subclass", main, {"residual": 0})
