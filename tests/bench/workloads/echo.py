# SPDX-License-Identifier: MIT
"""An echo server on AnyIO, its clients in the same process; each request has a deadline on either side."""
import time

import anyio
from _measure import Measured, size

CLIENTS = 10


async def serve(stream):
    async with stream:
        try:
            while True:
                with anyio.fail_after(10):
                    data = await stream.receive()
                await stream.send(data)
        except anyio.EndOfStream:
            pass


async def ask(port, measured):
    async with await anyio.connect_tcp("127.0.0.1", port) as stream:
        for _ in range(measured.units // CLIENTS):
            begun = time.perf_counter()
            with anyio.fail_after(10):
                await stream.send(b"x" * 64)
                await stream.receive()
            measured.waits.append(time.perf_counter() - begun)


async def main():
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra(anyio.abc.SocketAttribute.local_port)
    async with anyio.create_task_group() as group:
        group.start_soon(listener.serve, serve)
        with Measured(size(2_000)) as measured:
            async with anyio.create_task_group() as clients:
                for _ in range(CLIENTS):
                    clients.start_soon(ask, port, measured)
        group.cancel_scope.cancel()


anyio.run(main)
