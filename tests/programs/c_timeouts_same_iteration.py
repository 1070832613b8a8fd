# Clean: nested timeouts expire in one iteration, in either order; only the outermost answers.
from _h import *; import time
async def main():
    outs = []
    for outer, inner in ((0.1, 0.15), (0.15, 0.1), (0.1, 0.1)):
        try:
            async with asyncio.timeout(outer):
                try:
                    async with asyncio.timeout(inner): time.sleep(0.2); await asyncio.sleep(5)
                except TimeoutError: outs.append("inner")
        except TimeoutError: outs.append("outer")
        outs.append(n())
    for _ in range(8): await asyncio.sleep(0.002)
    return {"outs": outs}
run("c_timeouts_same_iteration", main, {"outs": ["outer", 0] * 3})
