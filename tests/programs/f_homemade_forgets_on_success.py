# Faulty: a home-made timeout takes back only when it sees a CancelledError; a body that caught it leaves three behind.
from _h import *
class Limit:
    def __init__(self, seconds): self.seconds = seconds; self.fired = False
    async def __aenter__(self):
        self.task = asyncio.current_task()
        self.handle = asyncio.get_running_loop().call_later(self.seconds, self._expire)
    def _expire(self): self.fired = True; self.task.cancel()
    async def __aexit__(self, kind, error, trace):
        self.handle.cancel()
        if self.fired and kind is asyncio.CancelledError:
            self.task.uncancel(); raise TimeoutError
async def main():
    for _ in range(3):
        async with Limit(0.005):
            try: await asyncio.sleep(5)
            except asyncio.CancelledError: pass
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("f_homemade_forgets_on_success", main, {"residual": 0})
