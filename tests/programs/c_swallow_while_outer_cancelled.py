# Clean: an inner scope that was cancelled first swallows while the outer one is cancelled too: it delivers anew.
from _h import *; import anyio
async def main():
    past = []
    for _ in range(3):
        with anyio.CancelScope() as outer:
            with anyio.CancelScope() as inner:
                inner.cancel()
                asyncio.get_running_loop().call_soon(outer.cancel)
                await anyio.sleep(5)
            await anyio.sleep(5); past.append("missed")
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n(), "past": past}
run("c_swallow_while_outer_cancelled", main, {"residual": 0, "past": []})
