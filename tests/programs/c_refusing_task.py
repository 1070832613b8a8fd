# Clean: a Task subclass whose cancel() refuses everything: no request is ever raised.
from _h import *
class Critical(asyncio.Task):
    def cancel(self, msg=None): return False
async def main():
    t = Critical(asyncio.sleep(0.04, "done"), loop=asyncio.get_running_loop())
    for _ in range(5): await asyncio.sleep(0.002); t.cancel()
    return {"r": await t, "residual": t.cancelling()}
run("c_refusing_task", main, {"r": "done", "residual": 0})
