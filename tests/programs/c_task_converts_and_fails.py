# Clean: a worker turns its cancellation into an error of its own and fails with it at once.
from _h import *; import contextlib
class Stopped(Exception): pass
async def main():
    async def step():
        try: await asyncio.sleep(5)
        except asyncio.CancelledError: raise Stopped from None
    async def work():
        await step()
        for _ in range(12): await asyncio.sleep(0.002)
    t = asyncio.create_task(work()); await asyncio.sleep(0.02); t.cancel()
    await asyncio.wait([t])
    return {"how": type(t.exception()).__name__}
run("c_task_converts_and_fails", main, {"how": "Stopped"})
