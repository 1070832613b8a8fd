# Clean: wherever workers wait when they are cancelled, they tidy up for one iteration and return.
from _h import *; import contextlib
from _waits import WAITS
async def main():
    async def worker(wait):
        with contextlib.suppress(asyncio.CancelledError): await wait()
        await asyncio.sleep(0); return "stopped"
    results = []
    for wait in WAITS:
        task = asyncio.create_task(worker(wait)); await asyncio.sleep(0.004)
        task.cancel(); results.append(await task)
    return {"stopped": results.count("stopped")}
run("c_waits_returns_after_turn", main, {"stopped": 14})
