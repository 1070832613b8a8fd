# Clean: workers that are cancelled tidy up for one iteration and return.
from _h import *
async def main():
    async def worker():
        try: await asyncio.sleep(5)
        except asyncio.CancelledError: await asyncio.sleep(0); return "stopped"
    tasks = [asyncio.create_task(worker()) for _ in range(10)]; await asyncio.sleep(0.01)
    for t in tasks: t.cancel()
    await asyncio.gather(*tasks)
    for _ in range(8): await asyncio.sleep(0.002)
    return {"r": {t.result() for t in tasks}}
run("c_worker_returns_after_tick", main, {"r": {"stopped"}})
