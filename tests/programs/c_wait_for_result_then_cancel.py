# The twin of f_wait_for_drops_cancel: one turn later the consumer waits for the next message, and ends.
from _h import *
async def main():
    queue, got = asyncio.Queue(), []
    async def consumer():
        while True:
            got.append(await asyncio.wait_for(queue.get(), 5))
    t = asyncio.create_task(consumer()); await asyncio.sleep(0.01)
    queue.put_nowait("message"); await asyncio.sleep(0.01)
    t.cancel()
    for _ in range(8): await asyncio.sleep(0.002)
    ended = t.done()
    t.cancel(); await asyncio.wait([t])
    return {"ended": ended}
run("c_wait_for_result_then_cancel", main, {"ended": True})
