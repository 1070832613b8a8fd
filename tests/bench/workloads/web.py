# SPDX-License-Identifier: MIT
"""FastAPI on uvicorn, which asks another server by httpx: each request takes a lock and has a deadline, which one in a
hundred does not meet."""
import asyncio

import anyio
import fastapi
import httpx
import uvicorn
from _load import under_load
from _measure import size

app = fastapi.FastAPI()
client = httpx.AsyncClient()
lock = anyio.Lock()


@app.get("/items/{number}")
async def item(number: int, backend: int):
    async with lock:
        pass
    answer = None
    with anyio.move_on_after(0 if number % 100 == 99 else 10):
        answer = (await client.get(f"http://127.0.0.1:{backend}/")).json()
    return {"number": number, "answer": answer}


async def main():
    server = uvicorn.Server(uvicorn.Config(app, port=0, loop="asyncio", http="h11", lifespan="off", log_level="error"))
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    await under_load("http", server.servers[0].sockets[0].getsockname()[1], size(1_000))
    await client.aclose()
    server.should_exit = True
    await running


asyncio.run(main())
