# SPDX-License-Identifier: MIT
"""Attaches to a server under load and detaches, many times: attach_cycles.py SCOPETRACE [CYCLES] [LOOP]

The server is uvicorn with an AnyIO application (both must be importable; LOOP is asyncio or uvloop). Prints the
requests that were answered and those that were not, the latencies, the pauses of a 1 ms heartbeat inside the
server, and its memory. Status 1 if any request or any attach failed.
"""
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

APPLICATION = """
import asyncio, contextlib, json, os, time
import anyio

gaps = []

async def heartbeat():
    last = time.perf_counter()
    while True:
        await asyncio.sleep(0.001)
        now = time.perf_counter()
        gaps.append(now - last - 0.001)
        last = now

async def hello():
    async with anyio.create_task_group() as group:
        group.start_soon(anyio.sleep, 0.001)
        with anyio.move_on_after(0.002):
            await anyio.sleep(1)
    return b"ok"

async def pauses():
    found = json.dumps(max(gaps, default=0)).encode()
    gaps.clear()
    return found

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            app.beat = asyncio.create_task(heartbeat())
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    body = await (pauses if scope["path"] == "/pauses" else hello)()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})
"""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def get(connection, path):
    connection.request("GET", path)
    return connection.getresponse().read()


class Load:
    def __init__(self, port, clients=4):
        self.port, self.over, self.latencies, self.failures = port, False, [], []
        self.threads = [threading.Thread(target=self.work) for _ in range(clients)]
        for thread in self.threads:
            thread.start()

    def work(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        while not self.over:
            begin = time.perf_counter()
            try:
                if get(connection, "/") != b"ok":
                    self.failures.append("wrong answer")
            except Exception as problem:
                self.failures.append(repr(problem))
                connection.close()
            self.latencies.append(time.perf_counter() - begin)

    def end(self):
        self.over = True
        for thread in self.threads:
            thread.join()


def resident(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def quantiles(values):
    ordered = sorted(values)
    return "median {:.2f}, 99 % {:.2f}, most {:.2f} ms".format(
        *(ordered[min(int(len(ordered) * part), len(ordered) - 1)] * 1e3 for part in (0.5, 0.99, 1)))


def start_server(folder, port, loop):
    with open(os.path.join(folder, "attached_app.py"), "w") as file:
        file.write(APPLICATION)
    server = subprocess.Popen([sys.executable, "-m", "uvicorn", "--app-dir", folder, "--port", str(port), "--loop", loop,
                               "--log-level", "error", "attached_app:app"])
    for _ in range(200):
        time.sleep(0.05)
        try:
            get(http.client.HTTPConnection("127.0.0.1", port), "/")
            return server
        except OSError:
            pass
    sys.exit("the server does not start: is uvicorn installed?")


def attach(scopetrace, pid, *options):
    return subprocess.Popen([scopetrace, "attach", "-q", "-r", os.devnull, *options, str(pid)])


def measure(scopetrace, cycles, server, port):
    worst, failed = {"attached": [], "alone": []}, 0
    control = http.client.HTTPConnection("127.0.0.1", port)
    for _ in range(cycles):
        for state in ("alone", "attached"):
            get(control, "/pauses")
            if state == "attached":
                failed += attach(scopetrace, server.pid, "-d", "0.02").wait() not in (0, 1)
            else:
                time.sleep(0.2)
            worst[state].append(json.loads(get(control, "/pauses")))
    return worst, failed


def main(scopetrace, cycles="20", loop="asyncio"):
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        server = start_server(folder, port, loop)
    # another attach keeps the session daemon in place meanwhile: a start of its own each time takes a second
    other = subprocess.Popen([sys.executable, "-c", "import time\nprint(flush=True)\nwhile True: time.sleep(0.01)"],
                             stdout=subprocess.PIPE, bufsize=0)
    other.stdout.read(1)
    keeper = attach(scopetrace, other.pid)
    load = Load(port)
    before = resident(server.pid)
    worst, failed = measure(scopetrace, int(cycles), server, port)
    after = resident(server.pid)
    load.end()
    print(f"{cycles} cycles on {loop}: {failed} attaches failed; {len(load.latencies)} requests, "
          f"{len(load.failures)} failed {load.failures[:3] or ''}")
    print(f"  latency   {quantiles(load.latencies)}")
    for state, values in worst.items():
        print(f"  longest pause of a 1 ms heartbeat, {state:8} {quantiles(values)}")
    print(f"  memory    {before:.1f} MB before, {after:.1f} MB after (LTTng's buffers are shared memory)")
    alive = server.poll() is None
    keeper.send_signal(signal.SIGINT)
    keeper.wait()
    other.kill()
    server.terminate()
    server.wait()
    return 1 if failed or load.failures or not alive else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
