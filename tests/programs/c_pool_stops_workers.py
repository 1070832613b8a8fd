# Clean: a class whose method cancels worker tasks and nothing else is no scope: the workers end.
from _h import *
class Pool:
    def start(self): self.workers = [asyncio.create_task(self._work()) for _ in range(3)]
    async def _work(self):
        for _ in range(40):
            try: await asyncio.sleep(0.004)
            except Exception: pass
    async def stop(self):
        for worker in self.workers: worker.cancel()
        await asyncio.gather(*self.workers, return_exceptions=True)
async def main():
    pool = Pool(); pool.start(); await asyncio.sleep(0.02)
    await pool.stop()
    return {"ended": [w.cancelled() for w in pool.workers]}
run("c_pool_stops_workers", main, {"ended": [True] * 3})
