# Clean from AnyIO 3.7 on: fail_after and move_on_after that expire; 3.6 leaves every request behind.
from _h import *; import anyio
async def main():
    for _ in range(3):
        try:
            with anyio.fail_after(0.004): await anyio.sleep(5)
        except TimeoutError: pass
        with anyio.move_on_after(0.004): await anyio.sleep(5)
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_fail_after_loop", main, {"residual": 0})
