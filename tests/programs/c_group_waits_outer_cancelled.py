# Clean: the outer scope is cancelled while the host waits in the exit of the group inside.
from _h import *; import anyio
async def main():
    for _ in range(3):
        with anyio.CancelScope() as outer:
            asyncio.get_running_loop().call_later(0.005, outer.cancel)
            async with anyio.create_task_group() as tg:
                for _ in range(3): tg.start_soon(anyio.sleep, 5)
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_group_waits_outer_cancelled", main, {"residual": 0})
