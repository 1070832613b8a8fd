# Clean: the coroutine of an entry is kept: for ever, or until a later scope is open.
from _h import *
kept = []
async def main():
    async def work(scope, expires, forever):
        entering = scope.__aenter__()
        await entering
        if forever: kept.append(entering)
        try:
            try: await asyncio.sleep(0.02 if expires else 0.001)
            except BaseException as error:
                if not await scope.__aexit__(type(error), error, error.__traceback__): raise
            else: await scope.__aexit__(None, None, None)
        except TimeoutError: pass
        async with asyncio.timeout(5):
            await asyncio.sleep(0.001)
            entering = None
            await asyncio.sleep(0.001)
    for forever in range(2):
        await asyncio.create_task(work(asyncio.timeout(0.005), True, forever))
        await asyncio.create_task(work(asyncio.timeout(5), False, forever))
        await asyncio.create_task(work(asyncio.TaskGroup(), False, forever))
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_entry_kept", main, {"residual": 0})
