# Faulty: an AnyIO scope and the asyncio.timeout inside it, left in the wrong order; neither library sees the other.
from _h import *; import anyio
async def main():
    scope, limit = anyio.CancelScope(), asyncio.timeout(5)
    scope.__enter__(); await limit.__aenter__(); await asyncio.sleep(0.005)
    scope.__exit__(None, None, None); await limit.__aexit__(None, None, None)
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("f_scope_and_timeout_out_of_order", main, {"residual": 0})
