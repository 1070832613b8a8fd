"""What the recipes test: a client that connects anew for each question."""

import anyio


async def ask(port, question):
    async with await anyio.connect_tcp("127.0.0.1", port) as stream:
        await stream.send(question)
        return await stream.receive()
