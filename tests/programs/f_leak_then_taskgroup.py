# Faulty in AnyIO 4.2 and 4.3 (#716); a TaskGroup met later is a victim: on 3.13 it delivers the stale request again.
from _h import *; import anyio
async def main():
    stray = False
    with anyio.CancelScope() as outer:
        with anyio.CancelScope(): outer.cancel(); await anyio.sleep(0)
    async def bad(): await asyncio.sleep(0.005); raise ValueError
    try:
        async with asyncio.TaskGroup() as tg:
            tg.create_task(bad()); await asyncio.sleep(5)
    except* ValueError: pass
    try: await asyncio.sleep(0.005)
    except asyncio.CancelledError: stray = True
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("f_leak_then_taskgroup", main, {"residual": 0})
