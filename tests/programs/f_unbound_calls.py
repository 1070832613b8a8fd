# Faulty: cancel() called unbound, through partials and weak references; the task swallows and runs on.
from _h import *; import functools, weakref
async def main():
    async def work():
        for _ in range(3):
            try: await asyncio.sleep(5)
            except asyncio.CancelledError:
                asyncio.Task.cancelling(asyncio.current_task())
        for _ in range(12): await asyncio.sleep(0.002)
    t = asyncio.create_task(work()); weak = weakref.ref(t)
    for way in (lambda: asyncio.Task.cancel(t), functools.partial(t.cancel, "partial"), lambda: weak().cancel()):
        await asyncio.sleep(0.005); way()
    await t
    return {"residual": t.cancelling()}
run("f_unbound_calls", main, {"residual": 0})
