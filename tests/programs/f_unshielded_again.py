# Faulty in AnyIO 4.2 and 4.3: the clean-up lifts its shield half way and is cancelled as its own scope's (#716).
from _h import *; import anyio
async def main():
    async def close(scope):
        with anyio.CancelScope(shield=True) as shielded:
            await anyio.sleep(0.005)
            shielded.shield = False
            await anyio.sleep(0.005)
    for _ in range(3):
        with anyio.CancelScope() as scope:
            asyncio.get_running_loop().call_later(0.005, scope.cancel)
            try: await anyio.sleep(5)
            finally: await close(scope)
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("f_unshielded_again", main, {"residual": 0})
