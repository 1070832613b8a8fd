# Clean: nested scopes share a deadline; the outer one answers.
from _h import *; import anyio
async def main():
    past = []
    for _ in range(3):
        deadline = anyio.current_time() + 0.01
        with anyio.CancelScope(deadline=deadline):
            with anyio.CancelScope(deadline=deadline): await anyio.sleep(5)
            await anyio.sleep(0); past.append("outer body")
        await asyncio.sleep(0.002)
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n(), "past": past}
run("c_deadlines_same_iteration", main, {"residual": 0, "past": []})
