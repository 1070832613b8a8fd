# Clean: entering a scope that is active fails and changes nothing; the scope works on.
from _h import *; import anyio
async def main():
    refused = 0
    for _ in range(3):
        with anyio.move_on_after(0.005) as scope:
            try:
                with scope: pass
            except RuntimeError: refused += 1
            await anyio.sleep(5)
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n(), "refused": refused}
run("c_scope_entered_twice", main, {"residual": 0, "refused": 3})
