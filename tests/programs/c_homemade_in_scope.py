# Clean: a home-made timeout inside scopes, expiring alone and together with the scope's cancel, takes back its own.
from _h import *; import anyio
class Limit:
    def __init__(self, seconds): self.seconds = seconds; self.fired = False
    def __enter__(self):
        self.task = asyncio.current_task(); self.before = self.task.cancelling()
        self.handle = asyncio.get_running_loop().call_later(self.seconds, self._expire)
    def _expire(self): self.fired = True; self.task.cancel()
    def __exit__(self, kind, error, trace):
        self.handle.cancel()
        return self.fired and self.task.uncancel() <= self.before and kind is asyncio.CancelledError
async def main():
    for _ in range(4):
        with anyio.CancelScope():
            with Limit(0.004): await anyio.sleep(5)
            await anyio.sleep(0)
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_homemade_in_scope", main, {"residual": 0})
