# Faulty: a worker swallows its cancellation and waits for more work; only the loop's shutdown ends it.
from _h import *
async def main():
    async def work():
        try: await asyncio.sleep(5)
        except asyncio.CancelledError: pass
        await asyncio.sleep(5)
    main.task = asyncio.create_task(work()); await asyncio.sleep(0.01); main.task.cancel()
    for _ in range(20): await asyncio.sleep(0.002)
    return {"done": main.task.done()}
run("f_shutdown_ends_swallower", main, {"done": False})
