# Clean: services are started with start(), report in, and are cancelled with their group.
from _h import *; import anyio
async def main():
    async def service(delay, *, task_status):
        with anyio.CancelScope() as scope:
            await anyio.sleep(delay); task_status.started(scope)
            await anyio.sleep(5)
    for _ in range(2):
        async with anyio.create_task_group() as tg:
            with anyio.fail_after(5):
                scopes = [await tg.start(service, i * 0.002) for i in range(3)]
            scopes[0].cancel(); await anyio.sleep(0.005)
            tg.cancel_scope.cancel()
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_services_started", main, {"residual": 0})
