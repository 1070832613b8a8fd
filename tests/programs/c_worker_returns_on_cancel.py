# Clean: a worker returns as soon as it is cancelled.
from _h import *
async def main():
    async def worker():
        for _ in range(30):
            try: await asyncio.sleep(0.005)
            except asyncio.CancelledError:
                return "stopped"
        return "done"
    t = asyncio.create_task(worker()); await asyncio.sleep(0.02); t.cancel()
    return {"r": await t}
run("c_worker_returns_on_cancel", main, {"r": "stopped"})
