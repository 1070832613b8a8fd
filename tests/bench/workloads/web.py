# SPDX-License-Identifier: MIT
"""Starlette on uvicorn, asked by httpx in another process, which is not traced."""
import asyncio
import json
import os
import sys

from _measure import Measured, size

CLIENTS = 10


def client(port, count):
    import time
    import httpx

    waits = []

    async def ask(http):
        for _ in range(count // CLIENTS):
            begun = time.perf_counter()
            (await http.get(f"http://127.0.0.1:{port}/")).raise_for_status()
            waits.append(time.perf_counter() - begun)

    async def main():
        async with httpx.AsyncClient() as http:
            await asyncio.gather(*[ask(http) for _ in range(CLIENTS)])

    asyncio.run(main())
    print(json.dumps(waits))


async def serve():
    import anyio
    import uvicorn
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    lock = anyio.Lock()

    async def answer(request):
        async with lock:
            with anyio.move_on_after(10):
                await anyio.sleep(0)
        return PlainTextResponse("hello")

    server = uvicorn.Server(uvicorn.Config(Starlette(routes=[Route("/", answer)]), port=0, log_level="error"))
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    untraced = {name: value for name, value in os.environ.items()
                if name not in ("LD_PRELOAD", "SCOPETRACE", "PYTHONASYNCIODEBUG")}
    with Measured(size(300)) as measured:
        asking = await asyncio.create_subprocess_exec(
            sys.executable, os.path.abspath(__file__), "client", str(port), str(measured.units), env=untraced,
            stdout=asyncio.subprocess.PIPE, limit=1 << 24)
        measured.waits = json.loads((await asking.communicate())[0])
    server.should_exit = True
    await running


if sys.argv[1] == "client":
    client(int(sys.argv[2]), int(sys.argv[3]))
else:
    asyncio.run(serve())
