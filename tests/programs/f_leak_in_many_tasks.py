# Faulty in AnyIO 4.2 and 4.3 (#716): two hundred tasks leak once each, from the same lines.
from _h import *; import anyio
async def main():
    async def request():
        with anyio.CancelScope() as outer:
            with anyio.CancelScope(): outer.cancel(); await anyio.sleep(0)
        for _ in range(8): await asyncio.sleep(0.001)
        return n()
    left = await asyncio.gather(*(request() for _ in range(200)))
    return {"residual": sum(left)}
run("f_leak_in_many_tasks", main, {"residual": 0})
