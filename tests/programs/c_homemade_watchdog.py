# Clean: a class with two tasks: the watchdog cancels the host, the exit takes that back and ends the watchdog.
from _h import *
class Watchdog:
    def __init__(self, seconds): self.seconds = seconds; self.bit = False
    async def __aenter__(self):
        self.host = asyncio.current_task(); self.dog = asyncio.create_task(self._watch())
    async def _watch(self):
        await asyncio.sleep(self.seconds)
        self.bit = True; self.host.cancel("watchdog")
    async def __aexit__(self, kind, error, trace):
        self.dog.cancel()
        if self.bit and kind is asyncio.CancelledError:
            self.host.uncancel()
            raise TimeoutError from None
async def main():
    for seconds in (0.005, 5, 0.005, 5, 0.005):
        try:
            async with Watchdog(seconds): await asyncio.sleep(0.01 if seconds == 5 else 5)
        except TimeoutError: pass
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_homemade_watchdog", main, {"residual": 0})
