# Faulty in AnyIO 4.2 and 4.3 (#716): one leak among twenty thousand scopes that are in order.
from _h import *; import anyio
async def main():
    for i in range(20000):
        with anyio.CancelScope() as outer:
            if i == 15000:
                with anyio.CancelScope(): outer.cancel(); await anyio.sleep(0)
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("f_leak_in_burst", main, {"residual": 0})
