# Clean: the body turns the timeout's CancelledError into its own error: the timeout still takes its request back.
from _h import *
async def main():
    seen = []
    for _ in range(3):
        try:
            async with asyncio.timeout(0.005):
                try: await asyncio.sleep(5)
                except asyncio.CancelledError: raise ConnectionError("peer too slow") from None
        except ConnectionError: seen.append(n())
    for _ in range(8): await asyncio.sleep(0.002)
    return {"seen": seen, "residual": n()}
run("c_timeout_body_converts", main, {"seen": [0, 0, 0], "residual": 0})
