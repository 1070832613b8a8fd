# Clean: a scope and the asyncio.timeout inside expire in one iteration, in either order.
from _h import *; import anyio, time
async def main():
    loop = asyncio.get_running_loop(); outs = []
    for limit, deadline in ((0.1, 0.15), (0.15, 0.1)):
        now = loop.time()
        try:
            with anyio.CancelScope(deadline=now + deadline):
                async with asyncio.timeout_at(now + limit): time.sleep(0.2); await anyio.sleep(5)
        except TimeoutError: outs.append("TimeoutError")
        outs.append(n())
        for _ in range(4): await asyncio.sleep(0.002)
    return {"outs": outs, "residual": n()}
run("c_deadline_timeout_inside_scope", main, {"outs": ["TimeoutError", 0, 0], "residual": 0})
