# Clean: like AnyIO's pytest plugin: one runner task sets up, runs each test and tears down, fed through a stream.
from _h import *; import anyio
async def main():
    log = []
    async def fixture():
        async with anyio.create_task_group() as tg:
            tg.start_soon(anyio.sleep, 5)
            yield "resource"
            tg.cancel_scope.cancel()
    async def test(resource):
        with anyio.move_on_after(0.005): await anyio.sleep(5)
        log.append(n())
    send, receive = anyio.create_memory_object_stream(1)
    async def runner():
        async with receive:
            async for coroutine, future in receive:
                future.set_result(await coroutine)
    async def call(coroutine):
        future = asyncio.get_running_loop().create_future()
        await send.send((coroutine, future)); return await future
    task = asyncio.create_task(runner()); generator = fixture()
    resource = await call(anext(generator))
    for _ in range(2): await call(test(resource))
    await call(anext(generator, None)); send.close(); await task
    return {"log": log, "residual": task.cancelling()}
run("c_runner_fixture", main, {"log": [0, 0], "residual": 0})
