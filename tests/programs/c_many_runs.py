# Clean: one loop after the other in one process, each with timeouts, a group and leftovers.
from _h import *
async def once(i):
    left = asyncio.create_task(asyncio.sleep(5))
    try:
        async with asyncio.timeout(0.002), asyncio.TaskGroup() as tg:
            tg.create_task(asyncio.sleep(5)); await asyncio.sleep(5)
    except TimeoutError: pass
    return n(), left.done()
async def main():
    return {"outs": [await asyncio.to_thread(asyncio.run, once(i)) for i in range(8)]}
run("c_many_runs", main, {"outs": [(0, False)] * 8})
