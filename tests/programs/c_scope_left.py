# Clean: a scope entered by hand is left before its task ends.
from _h import *; import anyio
async def main():
    async def work():
        scope = anyio.CancelScope(); scope.__enter__()
        await asyncio.sleep(0.005)
        scope.__exit__(None, None, None)
    await asyncio.create_task(work())
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_scope_left", main, {"residual": 0})
