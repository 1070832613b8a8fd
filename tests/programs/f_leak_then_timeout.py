# Faulty in AnyIO 4.2 and 4.3 (#716); timeouts met later are victims: on Python 3.11.2 they raise CancelledError.
from _h import *; import anyio
async def main():
    outs = []
    with anyio.CancelScope() as outer:
        with anyio.CancelScope(): outer.cancel(); await anyio.sleep(0)
    for _ in range(3):
        try:
            async with asyncio.timeout(0.005): await asyncio.sleep(5)
        except TimeoutError: outs.append("TimeoutError")
        except asyncio.CancelledError: outs.append("CancelledError")
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n(), "outs": outs}
run("f_leak_then_timeout", main, {"residual": 0, "outs": ["TimeoutError"] * 3})
