# Faulty: raised one, takes back two: the second is the outer timeout's, which never gets its TimeoutError.
from _h import *; import time
class Limit:
    def __init__(self, when): self.when = when; self.fired = False
    async def __aenter__(self):
        self.task = asyncio.current_task(); self.before = self.task.cancelling()
        self.handle = asyncio.get_running_loop().call_at(self.when, self._expire)
    def _expire(self): self.fired = True; self.task.cancel()
    async def __aexit__(self, kind, error, trace):
        self.handle.cancel()
        if self.fired:
            left = self.task.uncancel() and self.task.uncancel()
            if left <= self.before and kind is asyncio.CancelledError: raise TimeoutError("inner")
async def main():
    now = asyncio.get_running_loop().time(); out = None
    try:
        async with asyncio.timeout_at(now + 0.15):
            try:
                async with Limit(now + 0.1): time.sleep(0.2); await asyncio.sleep(5)   # both expire in one iteration
            except TimeoutError: out = "inner only"
    except TimeoutError: out = "outer"
    return {"residual": n(), "out": out}
run("f_homemade_takes_one_too_many", main, {"residual": 0, "out": "outer"})
