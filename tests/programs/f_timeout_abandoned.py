# Faulty: a timeout is entered by hand and never left: its task ends with the timer still armed.
from _h import *
async def main():
    async def work():
        limit = asyncio.timeout(5)
        await limit.__aenter__()
        await asyncio.sleep(0.005)
        limit.reschedule(None)
    await asyncio.create_task(work())
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("f_timeout_abandoned", main, {"residual": 0})
