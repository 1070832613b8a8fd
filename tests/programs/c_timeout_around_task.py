# Clean: asyncio.timeout around `await task`: the request is passed on to the task, which ends with it.
from _h import *
class Limit:
    def __init__(self, seconds): self.seconds = seconds
    async def __aenter__(self):
        self.task = asyncio.current_task(); self.handle = asyncio.get_running_loop().call_later(self.seconds, self.fire)
    def fire(self): self.task.cancel()
    async def __aexit__(self, kind, error, trace):
        self.handle.cancel()
        if kind is asyncio.CancelledError: raise TimeoutError from None
async def main():
    for _ in range(4):
        inner = asyncio.create_task(asyncio.sleep(5))
        try:
            async with asyncio.timeout(0.005): await inner
        except TimeoutError: pass
        assert inner.cancelled()
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_timeout_around_task", main, {"residual": 0})
