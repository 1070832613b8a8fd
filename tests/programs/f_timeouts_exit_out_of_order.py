# Faulty: two timeouts entered by hand, left first in first out.
from _h import *
async def main():
    a, b = asyncio.timeout(5), asyncio.timeout(6)
    await a.__aenter__(); await b.__aenter__()
    await asyncio.sleep(0.005)
    for scope in (a, b): await scope.__aexit__(None, None, None)
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("f_timeouts_exit_out_of_order", main, {"residual": 0})
