# Faulty in AnyIO 4.0 to 4.14: the scope inside is first: it swallows the timeout's request too, no TimeoutError.
from _h import *; import anyio, time
async def main():
    loop = asyncio.get_running_loop(); now = loop.time(); out = "no TimeoutError"
    limit, deadline = now + 0.15, now + 0.1
    try:
        async with asyncio.timeout_at(limit):
            with anyio.CancelScope(deadline=deadline): time.sleep(0.2); await anyio.sleep(5)
            for _ in range(8): await asyncio.sleep(0.002)
    except TimeoutError: out = "TimeoutError"
    return {"out": out, "residual": n()}
run("f_deadline_scope_then_timeout", main, {"out": "TimeoutError", "residual": 0})
