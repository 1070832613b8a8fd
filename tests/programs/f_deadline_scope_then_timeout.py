# Faulty in AnyIO 4.0 to 4.14: the scope inside is first: it swallows the timeout's request too, no TimeoutError.
from _h import *; import anyio, time
async def main():
    loop = asyncio.get_running_loop(); now = loop.time(); out = "no TimeoutError"
    loop.call_later(0.002, time.sleep, 0.03)
    limit, deadline = now + 0.015, now + 0.01
    try:
        async with asyncio.timeout_at(limit):
            with anyio.CancelScope(deadline=deadline): await anyio.sleep(5)
            for _ in range(8): await asyncio.sleep(0.002)
    except TimeoutError: out = "TimeoutError"
    return {"out": out, "residual": n()}
run("f_deadline_scope_then_timeout", main, {"out": "TimeoutError", "residual": 0})
