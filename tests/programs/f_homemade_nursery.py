# Faulty: a home-made nursery cancels its host when a child fails, and forgets that.
from _h import *
class Nursery:
    async def __aenter__(self):
        self.host = asyncio.current_task(); self.children = set(); self.error = None; self.asked = False
        return self
    def start(self, coroutine):
        task = asyncio.create_task(coroutine); self.children.add(task); task.add_done_callback(self._done)
    def _done(self, task):
        self.children.discard(task)
        if task.cancelled() or not task.exception() or self.error: return
        self.error = task.exception(); self.asked = True
        for child in self.children: child.cancel()
        self.host.cancel()
    async def __aexit__(self, kind, error, trace):
        while self.children: await asyncio.wait(self.children)
        if self.error: raise self.error
async def main():
    async def bad(): await asyncio.sleep(0.004); raise ValueError
    for _ in range(3):
        try:
            async with Nursery() as nursery:
                nursery.start(asyncio.sleep(5)); nursery.start(bad()); await asyncio.sleep(5)
        except ValueError: pass
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("f_homemade_nursery", main, {"residual": 0})
