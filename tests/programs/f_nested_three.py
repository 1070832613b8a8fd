# Faulty in AnyIO 4.2 and 4.3: the outer scope is cancelled from inside others and booked on those (#716).
from _h import *; import anyio
async def main():
    for _ in range(3):
        with anyio.CancelScope() as outer:
            with anyio.CancelScope():
                with anyio.CancelScope():
                    outer.cancel()
                    await anyio.sleep(0)
            await anyio.sleep(0.01)
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("f_nested_three", main, {"residual": 0})
