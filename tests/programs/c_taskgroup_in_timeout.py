# Clean: a timeout expires around a TaskGroup, in its body and while it waits; children end, the timeout answers.
from _h import *
async def main():
    outs = []
    for waits in (5, 0):
        try:
            async with asyncio.timeout(0.01), asyncio.TaskGroup() as tg:
                for _ in range(3): tg.create_task(asyncio.sleep(5))
                await asyncio.sleep(waits)
        except TimeoutError: outs.append(n())
    for _ in range(8): await asyncio.sleep(0.002)
    return {"outs": outs}
run("c_taskgroup_in_timeout", main, {"outs": [0, 0]})
