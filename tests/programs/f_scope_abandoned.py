# Faulty: a scope is entered by hand and never left: its task ends inside.
from _h import *; import anyio
async def main():
    async def work():
        scope = anyio.CancelScope(); scope.__enter__()
        await asyncio.sleep(0.005)
        scope.deadline
    await asyncio.create_task(work())
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("f_scope_abandoned", main, {"residual": 0})
