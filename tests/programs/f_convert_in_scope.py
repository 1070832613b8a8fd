# Faulty up to AnyIO 4.5: the body of a cancelled scope raises its own error: the scope never takes its request back.
from _h import *; import anyio
async def main():
    for _ in range(3):
        try:
            with anyio.CancelScope() as scope:
                scope.cancel()
                try: await anyio.sleep(5)
                except asyncio.CancelledError: raise ValueError from None
        except ValueError: pass
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("f_convert_in_scope", main, {"residual": 0})
