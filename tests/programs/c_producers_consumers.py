# Clean: producers and consumers on a memory stream; a deadline ends them all; a lock and a semaphore are given back.
from _h import *; import anyio
async def main():
    lock, limit = anyio.Lock(), anyio.Semaphore(2); got = []
    async def produce(stream):
        async with stream:
            while True: await stream.send(n()); await anyio.sleep(0.001)
    async def consume(stream):
        async with stream:
            async for item in stream:
                async with limit, lock: got.append(item)
    with anyio.move_on_after(0.03):
        async with anyio.create_task_group() as tg:
            send, receive = anyio.create_memory_object_stream(1)
            async with send, receive:
                for _ in range(2):
                    tg.start_soon(produce, send.clone()); tg.start_soon(consume, receive.clone())
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n(), "free": not lock.locked() and limit.value == 2}
run("c_producers_consumers", main, {"residual": 0, "free": True})
