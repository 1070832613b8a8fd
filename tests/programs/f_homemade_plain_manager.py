# Faulty: a home-made timeout as a plain context manager that forgets to take its request back.
from _h import *
class limit:
    def __init__(self, seconds): self.seconds = seconds; self.expired = False
    def __enter__(self):
        self.task = asyncio.current_task()
        self.timer = asyncio.get_running_loop().call_later(self.seconds, self._cancel_host)
    def _cancel_host(self):
        self.expired = True
        self.task.cancel()
    def __exit__(self, kind, error, trace):
        self.timer.cancel()
        if self.expired and kind is asyncio.CancelledError:
            raise TimeoutError from None
async def main():
    for _ in range(4):
        try:
            with limit(0.005): await asyncio.sleep(5)
        except TimeoutError: pass
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("f_homemade_plain_manager", main, {"residual": 0})
