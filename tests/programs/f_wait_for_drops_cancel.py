# On Python 3.11 wait_for() drops a cancel that comes in the turn in which its result does (cpython#86296, mended in
# 3.12): a consumer that catches nothing takes the message and waits for the next.
from _h import *
async def main():
    queue, got = asyncio.Queue(), []
    async def consumer():
        while True:
            got.append(await asyncio.wait_for(queue.get(), 5))
    t = asyncio.create_task(consumer()); await asyncio.sleep(0.01)
    queue.put_nowait("message"); await asyncio.sleep(0); await asyncio.sleep(0)
    t.cancel()
    for _ in range(8): await asyncio.sleep(0.002)
    ended = t.done()
    t.cancel(); await asyncio.wait([t])
    return {"ended": ended}
run("f_wait_for_drops_cancel", main, {"ended": True})
