# Faulty: a body answers its scope's CancelledError with uncancel(): that request was the scope's to take back.
from _h import *; import anyio
async def main():
    for _ in range(3):
        with anyio.CancelScope() as scope:
            scope.cancel()
            try: await anyio.sleep(5)
            except asyncio.CancelledError:
                asyncio.current_task().uncancel()
                raise
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n(), "foreign": sum(e[1] == "uncancel" and "main" in e[4] for e in EV)}
run("f_body_uncancels_scope", main, {"residual": 0, "foreign": 0})
