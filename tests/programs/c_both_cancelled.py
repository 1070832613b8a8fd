# Clean: inner and outer scope both cancelled, in either order, inside and from a callback; requests handed up or not.
from _h import *; import anyio
async def main():
    past = []
    for inner_first in (True, False):
        with anyio.CancelScope() as outer:
            with anyio.CancelScope() as inner:
                scopes = (inner, outer) if inner_first else (outer, inner)
                for scope in scopes: asyncio.get_running_loop().call_later(0.005, scope.cancel)
                await anyio.sleep(5)
            await anyio.sleep(0.01); past.append("outer body")
        await asyncio.sleep(0.002)
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n(), "past": past}
run("c_both_cancelled", main, {"residual": 0, "past": []})
