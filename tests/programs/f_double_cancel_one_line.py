# Faulty: a worker stops the error of its first cancel and works on; only the second cancel, by the same line, ends it.
from _h import *
async def main():
    async def worker():
        try: await asyncio.sleep(5)
        except asyncio.CancelledError: pass
        for _ in range(100): await asyncio.sleep(0.002)
    t = asyncio.create_task(worker()); await asyncio.sleep(0.01)
    while not t.done():
        t.cancel()
        for _ in range(8): await asyncio.sleep(0.002)
    return {"cancelled": t.cancelled()}
run("f_double_cancel_one_line", main, {"cancelled": True})
