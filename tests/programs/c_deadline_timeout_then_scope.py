# Clean: an asyncio.timeout and the scope inside expire in one iteration, the timeout first: TimeoutError.
from _h import *; import anyio, time
async def main():
    loop = asyncio.get_running_loop(); now = loop.time(); out = "no TimeoutError"
    limit, deadline = now + 0.1, now + 0.15
    try:
        async with asyncio.timeout_at(limit):
            with anyio.CancelScope(deadline=deadline): time.sleep(0.2); await anyio.sleep(5)
            for _ in range(8): await asyncio.sleep(0.002)
    except TimeoutError: out = "TimeoutError"
    return {"out": out, "residual": n()}
run("c_deadline_timeout_then_scope", main, {"out": "TimeoutError", "residual": 0})
