# Clean: one AsyncExitStack holds scopes of both kinds and groups; it ends by itself, by a deadline and by an error.
from _h import *; import anyio, contextlib
async def main():
    async def once(k):
        async with contextlib.AsyncExitStack() as stack:
            stack.enter_context(anyio.move_on_after(0.5))
            group = await stack.enter_async_context(anyio.create_task_group())
            stack.callback(group.cancel_scope.cancel)
            await stack.enter_async_context(asyncio.timeout(0.005 if k % 2 else 5))
            stack.enter_context(anyio.CancelScope())
            group.start_soon(anyio.sleep, 5)
            await anyio.sleep(0.1 if k % 2 else 0)
            if k == 2: raise KeyError
    for k in range(4):
        try: await once(k)
        except* (TimeoutError, KeyError): pass
        assert n() == 0
    for _ in range(8): await asyncio.sleep(0.001)
    return {"residual": n()}
run("c_exitstack_of_scopes", main, {"residual": 0})
