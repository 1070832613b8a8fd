# Faulty: AnyIO's backend is executed once more, and of two scopes of its new class the outer one is left first.
from _h import *; import importlib; import anyio._backends._asyncio as backend
async def main():
    old = backend.CancelScope
    with old(): await asyncio.sleep(0)
    importlib.reload(backend)
    a, b = backend.CancelScope(), backend.CancelScope(); refused = 0
    a.__enter__(); b.__enter__(); await asyncio.sleep(0.005)
    for scope in (a, b, a):
        try: scope.__exit__(None, None, None)
        except RuntimeError: refused += 1
    return {"refused": refused, "reloaded": backend.CancelScope is not old}
run("f_reloaded_exit_out_of_order", main, {"refused": 0})
