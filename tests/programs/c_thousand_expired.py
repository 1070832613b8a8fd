# Clean: a thousand scopes expire one after the other in one task, nested two deep: each delivers once.
from _h import *; import anyio
async def main():
    for _ in range(1000):
        with anyio.move_on_after(5):
            with anyio.move_on_after(0): await anyio.sleep(5)
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_thousand_expired", main, {"residual": 0})
