# Faulty in AnyIO 4.2 and 4.3 (#716): a hundred scopes deep, the outermost is cancelled and the innermost delivers.
from _h import *; import anyio
async def main():
    async def dive(depth, outermost):
        with anyio.CancelScope() as scope:
            if depth: await dive(depth - 1, outermost or scope)
            else: outermost.cancel(); await anyio.sleep(0)
    await dive(100, None)
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("f_deep_nesting", main, {"residual": 0})
