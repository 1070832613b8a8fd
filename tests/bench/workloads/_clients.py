# SPDX-License-Identifier: MIT
"""Asks a server, ten requests at a time, each client the next one when it has the answer; with BENCH_RATE so many a second.

    _clients.py http|echo PORT REQUESTS

Says that it is ready, waits for a line, and then says how long a request took: the median, and 99 of 100. Does as little
as it can, so that it is the server that all wait for. Also what a web server asks in turn: its backend."""
import asyncio
import os
import re
import sys
import time

from _measure import pin

CLIENTS, WARMING = 10, 20
RATE = float(os.environ.get("BENCH_RATE", "inf"))
LENGTH = re.compile(rb"(?i)content-length: *(\d+)")


async def backend(reader, writer):
    while await reader.readline():
        while await reader.readline() != b"\r\n":
            pass
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
    writer.close()


async def echo(reader, writer, number):
    writer.write(b"x" * 64)
    await reader.readexactly(64)


async def http(reader, writer, number):
    writer.write(b"GET /items/%d?backend=%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % (number, http.backend))
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    await reader.readexactly(int(LENGTH.search(head)[1]))


async def go_on(ask, streams, numbers, waits):
    due = time.perf_counter()
    for number in numbers:
        due += CLIENTS / RATE
        begun = time.perf_counter()
        await ask(*streams, number)
        waits.append(time.perf_counter() - begun)
        if due > time.perf_counter():
            await asyncio.sleep(due - time.perf_counter())


async def main(ask, port, requests):
    server = await asyncio.start_server(backend, "127.0.0.1", 0)
    http.backend = server.sockets[0].getsockname()[1]
    clients, waits = [await asyncio.open_connection("127.0.0.1", port) for _ in range(CLIENTS)], []
    await asyncio.gather(*[go_on(ask, streams, range(WARMING), []) for streams in clients])
    print("ready", flush=True)
    sys.stdin.readline()
    await asyncio.gather(*[go_on(ask, streams, range(first, requests, CLIENTS), waits)
                           for first, streams in enumerate(clients)])
    waits.sort()
    print(waits[len(waits) // 2], waits[len(waits) * 99 // 100], flush=True)


pin(-1)
asyncio.run(main({"http": http, "echo": echo}[sys.argv[1]], int(sys.argv[2]), int(sys.argv[3])))
