# Clean: a Task of a class of its own is cancelled before its constructor ran, which forgets that: it runs as if not.
from _h import *
async def main():
    class Job(asyncio.Task):
        def __init__(self, work, **options):
            self.cancel()
            super().__init__(work, **options)
    async def worker():
        try: await asyncio.sleep(0.01)
        except asyncio.CancelledError: pass
        for _ in range(12): await asyncio.sleep(0.002)
    t = Job(worker(), loop=asyncio.get_running_loop())
    await asyncio.wait([t])
    return {"cancelled": t.cancelled()}
run("c_cancel_before_init", main, {"cancelled": False})
