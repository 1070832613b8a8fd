# Faulty: the same helper resists the timeout it runs in: no TimeoutError, the helper's caller runs past its limit.
from _h import *
async def main():
    async def stubborn():
        try: await asyncio.sleep(5)
        except asyncio.CancelledError: asyncio.current_task().uncancel()
    async def work():
        out = "in time"
        try:
            async with asyncio.timeout(0.01):
                await stubborn()
                for _ in range(12): await asyncio.sleep(0.002)
                out = "ran on"
        except TimeoutError: out = "TimeoutError"
        return out
    t = asyncio.create_task(work()); await asyncio.sleep(0.6); t.cancel()
    return {"r": await t, "open": t.cancelling(), "stolen": sum(e[1] == "uncancel" for e in EV) - 1}
run("f_uncancel_steals_from_timeout", main, {"r": "ran on", "open": 0, "stolen": 0})
