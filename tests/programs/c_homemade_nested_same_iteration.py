# Clean: two home-made timeouts, nested, expire in one iteration; each takes back its own, the outer one answers.
from _h import *; import time
class Limit:
    def __init__(self, seconds): self.seconds = seconds; self.fired = False
    async def __aenter__(self):
        self.task = asyncio.current_task(); self.before = self.task.cancelling()
        self.handle = asyncio.get_running_loop().call_later(self.seconds, self._expire)
    def _expire(self): self.fired = True; self.task.cancel()
    async def __aexit__(self, kind, error, trace):
        self.handle.cancel()
        if self.fired and self.task.uncancel() <= self.before and kind is asyncio.CancelledError: raise TimeoutError
async def main():
    out = []
    for _ in range(2):
        try:
            async with Limit(0.15):
                try:
                    async with Limit(0.1): time.sleep(0.2); await asyncio.sleep(5)
                except TimeoutError: out.append("inner")
        except TimeoutError: out.append("outer")
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n(), "out": out}
run("c_homemade_nested_same_iteration", main, {"residual": 0, "out": ["outer"] * 2})
