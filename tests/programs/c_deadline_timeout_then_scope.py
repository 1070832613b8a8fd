# Clean: an asyncio.timeout and the scope inside expire in one iteration, the timeout first: TimeoutError.
from _h import *; import anyio, time
async def main():
    loop = asyncio.get_running_loop(); now = loop.time(); out = "no TimeoutError"
    loop.call_later(0.002, time.sleep, 0.03)
    limit, deadline = now + 0.01, now + 0.015
    try:
        async with asyncio.timeout_at(limit):
            with anyio.CancelScope(deadline=deadline): await anyio.sleep(5)
            for _ in range(8): await asyncio.sleep(0.002)
    except TimeoutError: out = "TimeoutError"
    return {"out": out, "residual": n()}
run("c_deadline_timeout_then_scope", main, {"out": "TimeoutError", "residual": 0})
