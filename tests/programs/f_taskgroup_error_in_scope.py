# Faulty up to AnyIO 4.5: a child of the TaskGroup fails as its scope is cancelled: group out, nothing taken back.
from _h import *; import anyio
async def main():
    async def child():
        try: await asyncio.sleep(5)
        finally: raise ValueError("while stopping")
    async def work():
        try:
            with anyio.CancelScope() as scope:
                asyncio.get_running_loop().call_later(0.01, scope.cancel)
                async with asyncio.TaskGroup() as tg: tg.create_task(child())
        except* ValueError: pass
        left = n()
        for _ in range(8): await asyncio.sleep(0.002)
        return left
    t = asyncio.create_task(work()); await asyncio.wait([t])
    return {"left": None if t.cancelled() else t.result()}
run("f_taskgroup_error_in_scope", main, {"left": 0})
