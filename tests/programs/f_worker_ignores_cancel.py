# Faulty: a worker's catch-all makes it ignore the cancel: it runs to its end with the request open.
from _h import *
async def main():
    async def worker():
        for _ in range(30):
            try: await asyncio.sleep(0.005)
            except asyncio.CancelledError:
                continue
        return "done"
    t = asyncio.create_task(worker()); await asyncio.sleep(0.02); t.cancel()
    return {"r": await t}
run("f_worker_ignores_cancel", main, {"r": "stopped"})
