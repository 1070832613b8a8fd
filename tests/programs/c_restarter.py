# Clean: a restarter cancels its old task and starts a new one, ten times; the old ones end.
from _h import *
class Restarter:
    def __init__(self): self.task = None; self.old = []
    def restart(self):
        if self.task: self.task.cancel(); self.old.append(self.task)
        self.task = asyncio.create_task(self._run())
    async def _run(self):
        try: await asyncio.sleep(5)
        except asyncio.CancelledError: return
        for _ in range(12): await asyncio.sleep(0.002)
        self.old.append("ran on")
async def main():
    restarter = Restarter()
    for _ in range(11): restarter.restart(); await asyncio.sleep(0.003)
    await asyncio.sleep(0.06)
    return {"ran_on": restarter.old.count("ran on")}
run("c_restarter", main, {"ran_on": 0})
