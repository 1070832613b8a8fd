# Clean: a home-made timeout driven by a threading.Timer through call_soon_threadsafe takes its requests back.
from _h import *; import threading
class Limit:
    def __enter__(self):
        loop = asyncio.get_running_loop(); self.task = asyncio.current_task()
        self.timer = threading.Timer(0.005, loop.call_soon_threadsafe, (self.task.cancel,)); self.timer.start()
    def __exit__(self, kind, error, trace):
        self.timer.cancel()
        if kind is not asyncio.CancelledError: return
        self.task.uncancel()
        raise TimeoutError from None
async def main():
    for _ in range(4):
        try:
            with Limit(): await asyncio.sleep(5)
        except TimeoutError: pass
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_homemade_thread_timer", main, {"residual": 0})
