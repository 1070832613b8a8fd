# Faulty: a lifespan's catch-all around its wait swallows the server's cancel, and its clean-up drags on.
from _h import *
async def main():
    log = []
    async def lifespan():
        try: await asyncio.Event().wait()
        except BaseException as error: log.append(type(error).__name__)
        for _ in range(20): await asyncio.sleep(0.002)
        log.append("closed")
    task = asyncio.create_task(lifespan()); await asyncio.sleep(0.005)
    task.cancel()
    try: await asyncio.wait_for(asyncio.shield(task), 0.2)
    except asyncio.CancelledError: log.append("cancelled")
    return {"log": log}
run("f_lifespan_swallows", main, {"log": ["CancelledError", "cancelled"]})
