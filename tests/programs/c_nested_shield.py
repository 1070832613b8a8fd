# Clean: the outer scope is cancelled from inside a shielded one and delivers only when that is left.
from _h import *; import anyio
async def main():
    for _ in range(3):
        with anyio.CancelScope() as outer:
            with anyio.CancelScope(shield=True):
                with anyio.CancelScope():
                    outer.cancel()
                    await anyio.sleep(0)
            await anyio.sleep(0.01)
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_nested_shield", main, {"residual": 0})
