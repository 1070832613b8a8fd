# Clean: a timeout is given more time when it has just expired; that raises RuntimeError, which the body handles or not.
from _h import *
async def main():
    async def work():
        try:
            async with asyncio.timeout(0.005) as limit:
                try: await asyncio.sleep(5)
                except asyncio.CancelledError:
                    try: limit.reschedule(asyncio.get_running_loop().time() + 5)
                    except RuntimeError: pass
                    raise
        except TimeoutError: pass
        try:
            async with asyncio.timeout(0.005) as limit:
                try: await asyncio.sleep(5)
                finally: limit.reschedule(None)
        except RuntimeError: pass
        async with asyncio.timeout(None) as limit: limit.reschedule(asyncio.get_running_loop().time() + 5)
        for _ in range(8): await asyncio.sleep(0.001)
        return n()
    return {"residual": await asyncio.create_task(work())}
run("c_timeout_rescheduled_too_late", main, {"residual": 0})
