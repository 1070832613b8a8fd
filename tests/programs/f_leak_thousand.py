# Faulty in AnyIO 4.2 and 4.3 (#716): one cause, a thousand leaks in one task.
from _h import *; import anyio
async def main():
    for _ in range(1000):
        with anyio.CancelScope() as outer:
            with anyio.CancelScope(): outer.cancel(); await anyio.sleep(0)
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("f_leak_thousand", main, {"residual": 0})
