# Clean: one scope is entered three times: not cancelled, cancelled inside, and once more when it is cancelled already.
from _h import *; import anyio
async def main():
    scope = anyio.CancelScope(); seen = []
    for i in range(3):
        with scope:
            if i == 1: scope.cancel()
            await anyio.sleep(0.002); seen.append(i)
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n(), "seen": seen}
run("c_scope_reentered", main, {"residual": 0, "seen": [0]})
