# Clean: two scopes entered by hand, left last in first out.
from _h import *; import anyio, contextlib
async def main():
    a, b = anyio.CancelScope(), anyio.CancelScope(); refused = 0
    a.__enter__(); b.__enter__(); await asyncio.sleep(0.005)
    for scope in (b, a):
        try: scope.__exit__(None, None, None)
        except RuntimeError: refused += 1
    for _ in range(8): await asyncio.sleep(0.002)
    return {"refused": refused}
run("c_scopes_exit_in_order", main, {"refused": 0})
