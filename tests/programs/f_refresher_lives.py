# Faulty: a background refresher logs whatever it catches, cancel included, and goes on.
from _h import *
class Refresher:
    def __init__(self): self.log = []; self.open = True
    async def run(self):
        while self.open:
            try: await asyncio.sleep(0.003); raise ConnectionError
            except BaseException as error: self.log.append(type(error).__name__)
    async def stop(self, task):
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=0.04)
        self.open = False
        return bool(done)
async def main():
    refresher = Refresher(); task = asyncio.create_task(refresher.run()); await asyncio.sleep(0.02)
    stopped = await refresher.stop(task); await asyncio.wait([task])
    return {"stopped": stopped}
run("f_refresher_lives", main, {"stopped": True})
