# Clean: a task resists its scope for two dozen iterations, then gives in: all deliveries are taken back.
from _h import *; import anyio
async def main():
    rounds = 0
    with anyio.CancelScope() as scope:
        scope.cancel()
        while True:
            try: await anyio.sleep(0)
            except asyncio.CancelledError:
                rounds += 1
                if rounds >= 24: raise
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n(), "storm": rounds > 1000}
run("c_storm_small", main, {"residual": 0, "storm": False})
