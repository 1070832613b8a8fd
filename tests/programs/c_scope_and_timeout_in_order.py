# Clean: an AnyIO scope and an asyncio.timeout entered by hand, left last in first out.
from _h import *; import anyio
async def main():
    scope, limit = anyio.CancelScope(), asyncio.timeout(5)
    scope.__enter__(); await limit.__aenter__(); await asyncio.sleep(0.005)
    await limit.__aexit__(None, None, None); scope.__exit__(None, None, None)
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_scope_and_timeout_in_order", main, {"residual": 0})
