# Clean: a timeout entered by hand is left before its task ends.
from _h import *
async def main():
    async def work():
        limit = asyncio.timeout(5)
        await limit.__aenter__()
        await asyncio.sleep(0.005)
        await limit.__aexit__(None, None, None)
    await asyncio.create_task(work())
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_timeout_left", main, {"residual": 0})
