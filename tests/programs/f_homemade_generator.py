# Faulty: a home-made timeout as @asynccontextmanager that leaves its request behind.
from _h import *; import contextlib
@contextlib.asynccontextmanager
async def limit(seconds):
    task = asyncio.current_task(); fired = False
    def fire():
        nonlocal fired
        fired = True; task.cancel()
    timer = asyncio.get_running_loop().call_later(seconds, fire)
    try: yield
    except asyncio.CancelledError:
        if not fired: raise
        raise TimeoutError from None
    finally: timer.cancel()
async def main():
    for _ in range(4):
        try:
            async with limit(0.005): await asyncio.sleep(5)
        except TimeoutError: pass
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("f_homemade_generator", main, {"residual": 0})
