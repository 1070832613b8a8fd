# Faulty: a request comes while the TaskGroup is being cancelled (3.15); the body swallows both, the group takes back one.
from _h import *
async def main():
    async def work():
        async with asyncio.TaskGroup() as tg:
            asyncio.get_running_loop().call_later(0.005, tg.cancel)
            try: await asyncio.sleep(5)
            except asyncio.CancelledError: t.cancel()
            try: await asyncio.sleep(5)
            except asyncio.CancelledError: pass
        left = n()
        for _ in range(8): await asyncio.sleep(0.002)
        return left
    t = asyncio.create_task(work()); await asyncio.wait([t])
    return {"left": None if t.cancelled() else t.result()}
run("f_taskgroup_cancel_swallowed", main, {"left": None})
