# Faulty: wherever they wait when they are cancelled, they go on to their next sleep, and return after that.
from _h import *; import contextlib
from _waits import WAITS
async def main():
    async def worker(wait):
        with contextlib.suppress(asyncio.CancelledError): await wait()
        await asyncio.sleep(0.004); return "alive"
    results = []
    for wait in WAITS:
        task = asyncio.create_task(worker(wait)); await asyncio.sleep(0.004)
        task.cancel(); results.append(await task)
    return {"alive": results.count("alive")}
run("f_waits_runs_on", main, {"alive": 14})
