# Clean: in the manner of Starlette's StreamingResponse: whoever ends first cancels the group.
from _h import *; import anyio
async def main():
    async def stream(): await anyio.sleep(0.005)
    async def listen(): await anyio.sleep(5)
    for first, second in ((stream, listen), (listen, stream)):
        async with anyio.create_task_group() as tg:
            async def wrap(function):
                await function()
                tg.cancel_scope.cancel()
            tg.start_soon(wrap, first)
            await wrap(second)
        await asyncio.sleep(0.002)
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_streaming_response", main, {"residual": 0})
