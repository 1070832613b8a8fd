# Faulty: the body answers to the TaskGroup's own cancel() (3.15) with uncancel(): the group then takes back another's.
from _h import *
async def main():
    async with asyncio.TaskGroup() as tg:
        tg.create_task(asyncio.sleep(5))
        asyncio.get_running_loop().call_later(0.005, tg.cancel)
        try: await asyncio.sleep(5)
        except asyncio.CancelledError: asyncio.current_task().uncancel()
        for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("f_taskgroup_cancel_stolen", main, {"residual": 1})
