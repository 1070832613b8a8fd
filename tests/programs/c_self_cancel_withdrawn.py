# Clean: a task cancels itself and takes that back at once; before 3.13 it is interrupted, with nothing open.
from _h import *
async def main():
    async def work():
        me = asyncio.current_task(); me.cancel(); me.uncancel()
        try: await asyncio.sleep(0)
        except asyncio.CancelledError: pass
        for _ in range(12): await asyncio.sleep(0.002)
        return n()
    return {"residual": await asyncio.create_task(work())}
run("c_self_cancel_withdrawn", main, {"residual": 0})
