# SPDX-License-Identifier: MIT
"""An echo server on AnyIO; each request has a deadline."""
import anyio
from _load import under_load
from _measure import size


async def serve(stream):
    async with stream:
        try:
            while True:
                with anyio.fail_after(10):
                    data = await stream.receive()
                await stream.send(data)
        except anyio.EndOfStream:
            pass


async def main():
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    async with anyio.create_task_group() as group:
        group.start_soon(listener.serve, serve)
        await under_load("echo", listener.extra(anyio.abc.SocketAttribute.local_port), size(8_000))
        group.cancel_scope.cancel()


anyio.run(main)
