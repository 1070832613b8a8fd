# Faulty: one loser of asyncio.wait(FIRST_COMPLETED) is cancelled and runs on.
from _h import *
async def main():
    async def racer(i):
        try: await asyncio.sleep(0.005 if i == 0 else 5)
        except asyncio.CancelledError:
            if i == 1: raise
        for _ in range(12 if i == 3 else 0): await asyncio.sleep(0.002)
        return i
    for _ in range(3):
        tasks = [asyncio.create_task(racer(i)) for i in range(4)]
        done, losers = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for t in losers: t.cancel()
        results = await asyncio.gather(*losers, return_exceptions=True)
    return {"ran_on": 3 in results}
run("f_wait_loser_survives", main, {"ran_on": False})
