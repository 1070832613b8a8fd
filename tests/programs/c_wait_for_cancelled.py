# Clean: a task is cancelled while it sits in wait_for(); it and what it waited for end.
from _h import *
async def main():
    async def work(): await asyncio.wait_for(asyncio.wait_for(asyncio.sleep(5), 4), 3)
    t = asyncio.create_task(work()); await asyncio.sleep(0.01); t.cancel()
    await asyncio.wait([t])
    return {"cancelled": t.cancelled()}
run("c_wait_for_cancelled", main, {"cancelled": True})
