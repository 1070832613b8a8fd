# Faulty: a task resists its scope for thousands of iterations: delivered anew in each, the loop spins.
from _h import *; import anyio
async def main():
    rounds = 0
    with anyio.CancelScope() as scope:
        scope.cancel()
        while True:
            try: await anyio.sleep(0)
            except asyncio.CancelledError:
                rounds += 1
                if rounds >= 4000: raise
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n(), "storm": rounds > 1000}
run("f_storm_busy", main, {"residual": 0, "storm": False})
