# Clean: in a cancelled scope the clean-up is shielded; the cancel goes on afterwards.
from _h import *; import anyio
async def main():
    async def close(scope):
        with anyio.CancelScope(shield=True) as shielded:
            await anyio.sleep(0.005)
            shielded.shield = True
            await anyio.sleep(0.005)
    for _ in range(3):
        with anyio.CancelScope() as scope:
            asyncio.get_running_loop().call_later(0.005, scope.cancel)
            try: await anyio.sleep(5)
            finally: await close(scope)
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_shielded_cleanup", main, {"residual": 0})
