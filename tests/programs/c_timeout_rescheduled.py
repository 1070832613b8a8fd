# Clean: timeouts that are moved: put off before they expire, pulled into the past, taken away.
from _h import *
async def main():
    loop = asyncio.get_running_loop(); outs = []
    for move in (lambda: loop.time() + 0.01, lambda: loop.time() - 1, lambda: None):
        try:
            async with asyncio.timeout(0.005) as limit:
                limit.reschedule(move()); await asyncio.sleep(0.03)
            outs.append("in time")
        except TimeoutError: outs.append("expired")
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n(), "outs": outs}
run("c_timeout_rescheduled", main, {"residual": 0, "outs": ["expired", "expired", "in time"]})
