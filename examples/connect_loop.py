"""A long-lived worker that talks to a backend: one connection per round, nothing ever cancelled.

With the AnyIO of Debian 12 (3.6.2) and with 4.2 and 4.3, each connection leaves a cancellation request behind on
the worker's task; the first asyncio.timeout() afterwards pays for it.
"""
import asyncio

import anyio


async def ask_backend(port):
    async with await anyio.connect_tcp("127.0.0.1", port) as stream:
        await stream.send(b"ping")
        return await stream.receive()


async def worker(port):
    for _ in range(5):
        await ask_backend(port)
    print("worker: done, cancelling() =", asyncio.current_task().cancelling())


async def backend(reader, writer):
    writer.write(await reader.read(4))
    await writer.drain()
    writer.close()


async def main():
    server = await asyncio.start_server(backend, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    await asyncio.create_task(worker(port), name="worker")
    server.close()


asyncio.run(main())
