# Clean: the base class takes back at exit what the subclass raised: one scope, though two classes' code.
from _h import *
class Scope:
    async def __aenter__(self): self.task = asyncio.current_task(); self.fired = False; self.arm()
    def cancel(self): self.fired = True; self.task.cancel()
    async def __aexit__(self, kind, error, trace):
        self.timer.cancel()
        if self.fired and self.task.uncancel() == 0: return kind is asyncio.CancelledError
class Deadline(Scope):
    def __init__(self, seconds): self.seconds = seconds
    def arm(self): self.timer = asyncio.get_running_loop().call_later(self.seconds, self.expire)
    def expire(self): self.fired = True; self.task.cancel("deadline")
async def main():
    for _ in range(4):
        async with Deadline(0.005): await asyncio.sleep(5)
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_homemade_inherited", main, {"residual": 0})
