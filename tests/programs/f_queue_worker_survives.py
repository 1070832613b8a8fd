# Faulty: a queue worker's bare except survives the cancel; it still waits for items with the request open.
from _h import *
async def main():
    queue = asyncio.Queue(); handled = []
    async def worker():
        while True:
            try: item = await queue.get()
            except: continue
            if item is None: return
            handled.append(item); queue.task_done()
            await asyncio.sleep(0)
    workers = [asyncio.create_task(worker()) for _ in range(3)]
    for i in range(30): queue.put_nowait(i)
    await queue.join()
    for w in workers: w.cancel()
    for _ in range(12): await asyncio.sleep(0.002)
    for _ in workers: queue.put_nowait(None)
    await asyncio.gather(*workers, return_exceptions=True)
    return {"handled": len(handled), "cancelled": sum(w.cancelled() for w in workers)}
run("f_queue_worker_survives", main, {"handled": 30, "cancelled": 3})
