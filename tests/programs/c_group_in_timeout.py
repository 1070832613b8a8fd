# Clean: an asyncio.timeout expires around an AnyIO group, in its body and while it waits: children end, TimeoutError.
from _h import *; import anyio
async def main():
    outs = []
    for waits in (5, 0):
        try:
            async with asyncio.timeout(0.01):
                async with anyio.create_task_group() as tg:
                    for _ in range(3): tg.start_soon(anyio.sleep, 5)
                    await anyio.sleep(waits)
            outs.append("no TimeoutError")
        except TimeoutError: outs.append(n())
    for _ in range(8): await asyncio.sleep(0.002)
    return {"outs": outs, "residual": n()}
run("c_group_in_timeout", main, {"outs": [0, 0], "residual": 0})
