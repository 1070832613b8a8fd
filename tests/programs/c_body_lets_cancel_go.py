# Clean: a body sees its scope's CancelledError, notes it and lets it go on.
from _h import *; import anyio
async def main():
    for _ in range(3):
        with anyio.CancelScope() as scope:
            scope.cancel()
            try: await anyio.sleep(5)
            except asyncio.CancelledError:
                raise
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n(), "foreign": sum(e[1] == "uncancel" and "main" in e[4] for e in EV)}
run("c_body_lets_cancel_go", main, {"residual": 0, "foreign": 0})
