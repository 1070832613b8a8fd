# Clean: a home-made timeout and a direct cancel in one iteration: it sees that more is asked and lets the error go on.
from _h import *; import time
class Limit:
    def __init__(self, seconds): self.seconds = seconds; self.fired = False
    async def __aenter__(self):
        self.task = asyncio.current_task(); self.before = self.task.cancelling()
        self.handle = asyncio.get_running_loop().call_later(self.seconds, self._expire)
    def _expire(self): self.fired = True; self.task.cancel()
    async def __aexit__(self, kind, error, trace):
        self.handle.cancel()
        if self.fired and kind is asyncio.CancelledError:
            if self.task.uncancel() <= self.before: raise TimeoutError
async def main():
    async def work():
        try:
            async with Limit(0.1): time.sleep(0.2); await asyncio.sleep(5)   # both timers are due when it sleeps
        except TimeoutError: pass
        for _ in range(12): await asyncio.sleep(0.002)
    t = asyncio.create_task(work())
    asyncio.get_running_loop().call_later(0.15, lambda: t.cancel())
    await asyncio.wait([t])
    return {"cancelled": t.cancelled()}
run("c_homemade_checks_count", main, {"cancelled": True})
