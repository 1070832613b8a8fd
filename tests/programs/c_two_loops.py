# Clean: two loops in two threads at once, each with timeouts that expire.
from _h import *; import threading
async def limited(seconds):
    task = asyncio.current_task()
    timer = asyncio.get_running_loop().call_later(seconds, lambda: task.cancel())
    try: await asyncio.sleep(5)
    except asyncio.CancelledError:
        task.uncancel()
    finally: timer.cancel()
async def serve(use):
    for _ in range(5):
        if use: await limited(0.004)
        else:
            try:
                async with asyncio.timeout(0.004): await asyncio.sleep(5)
            except TimeoutError: pass
    for _ in range(8): await asyncio.sleep(0.002)
    return n()
async def main():
    box = []
    other = threading.Thread(target=lambda: box.append(asyncio.run(serve(True)))); other.start()
    mine = await serve(False); other.join()
    return {"residual": mine, "residual_other": box[0]}
run("c_two_loops", main, {"residual": 0, "residual_other": 0})
