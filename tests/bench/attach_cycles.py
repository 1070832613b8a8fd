# SPDX-License-Identifier: MIT
"""Attaches to a server under load and detaches, many times, and kills attachers at random moments.

    attach_cycles.py SCOPETRACE [--cycles N] [--idle N] [--kills N] [--loop asyncio|uvloop] [--python PYTHON]

The server is uvicorn with an AnyIO application (both must be importable by PYTHON), asked by four clients. Where we
may, it runs before others, so that the pauses are its own and not those of a busy machine. Prints rows for the tables
of docs/performance.md. Status 1 if a request or an attach failed, if the server ended, or
if anything of scopetrace's is still hooked at the end (the agent stays hooked from the 400th cycle on).
"""
import argparse
import contextlib
import http.client
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

APPLICATION = """
import asyncio, json, sys, time
import anyio
from anyio._backends._asyncio import CancelScope

gaps = []
TASK = dict(vars(asyncio.Task))


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
    return "ok"


async def pause():
    longest = max(gaps, default=0)
    gaps.clear()
    return longest


def per_scope(times=20000):
    begin = time.thread_time()
    for _ in range(times):
        with CancelScope():
            pass
    return (time.thread_time() - begin) / times


async def state():
    hooked = [name for name, value in vars(asyncio.Task).items() if value is not TASK[name]]
    for holder in CancelScope, asyncio.Timeout, asyncio.TaskGroup, sys.modules["_frozen_importlib"]:
        hooked += [name for name, value in vars(holder).items() if type(value).__name__ == "hook"]
    with open("/proc/self/status") as status:
        numbers = dict(line.split(":", 1) for line in status)
    return {"hooked": hooked, "scope": min(per_scope() for _ in range(5)),
            "MB": int(numbers["VmRSS"].split()[0]) / 1024}


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            app.beat = asyncio.create_task(heartbeat())
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    body = json.dumps(await {"/": hello, "/pause": pause, "/state": state}[scope["path"]]()).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})
"""


STAYS_HOOKED = 400


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def get(connection, path):
    connection.request("GET", path)
    return json.loads(connection.getresponse().read())


class Load:
    """Clients that ask some hundred times a second, while it is entered."""

    def __init__(self, port, clients=4):
        self.port, self.clients, self.latencies, self.failures = port, clients, [], []

    def work(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        while not self.over:
            begin = time.perf_counter()
            try:
                if get(connection, "/") != "ok":
                    self.failures.append("wrong answer")
            except Exception as problem:
                self.failures.append(repr(problem))
                connection.close()
            self.latencies.append(time.perf_counter() - begin)
            time.sleep(0.005)

    def __enter__(self):
        self.over = False
        self.threads = [threading.Thread(target=self.work) for _ in range(self.clients)]
        for thread in self.threads:
            thread.start()

    def __exit__(self, *_):
        self.over = True
        for thread in self.threads:
            thread.join()


def run_first():
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(2))


class Server:
    def __init__(self, python, loop):
        self.port = free_port()
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "attached_app.py"), "w") as file:
                file.write(APPLICATION)
            self.process = subprocess.Popen([python, "-m", "uvicorn", "--app-dir", folder, "--port", str(self.port),
                                             "--loop", loop, "--log-level", "error", "--timeout-keep-alive", "60", "attached_app:app"],
                                            preexec_fn=run_first)
            self.connection = self.connect()

    def connect(self):
        for _ in range(400):
            time.sleep(0.05)
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port)
                get(connection, "/")
                return connection
            except OSError:
                pass
        self.process.kill()
        print("SKIP: the server does not start: is uvicorn installed (PyPI out of reach)?", file=sys.stderr)
        sys.exit(77)

    def ask(self, path):
        return get(self.connection, path)


class Attacher:
    """Holds what an attach needs in place with another one: to start a session daemon each time takes a second."""

    def __init__(self, scopetrace):
        self.scopetrace, self.stops = scopetrace, []
        self.other = subprocess.Popen([sys.executable, "-c", "import time\nprint(flush=True)\nwhile True: time.sleep(0.01)"],
                                      stdout=subprocess.PIPE, bufsize=0)
        self.other.stdout.read(1)
        self.keeper = self.start(self.other.pid)
        time.sleep(1)

    def start(self, pid, *options):
        return subprocess.Popen([self.scopetrace, "attach", "-v", "-r", os.devnull, "--fail-on", "never", *options, str(pid)],
                                stderr=subprocess.PIPE, text=True)

    def run(self, pid):
        """Whether it worked; the mean stop of the main thread goes into stops."""
        process = self.start(pid, "-d", "0.02")
        said = process.communicate()[1]
        stop = re.search(r"was stopped (\d+) times, for ([\d.]+) ms in all", said)
        if process.returncode or not stop:
            print(said, file=sys.stderr)
            return False
        self.stops.append(float(stop[2]) / int(stop[1]) / 1e3)
        return True

    def end(self):
        self.keeper.send_signal(signal.SIGINT)
        self.keeper.communicate()
        self.other.kill()
        self.other.wait()


def cycle(attacher, server, cycles):
    """(longest pause of each cycle alone, attached, attaches that failed)."""
    alone, attached, failed = [], [], 0
    for _ in range(cycles):
        server.ask("/pause")
        time.sleep(0.3)
        alone.append(server.ask("/pause"))
        failed += not attacher.run(server.process.pid)
        attached.append(server.ask("/pause"))
    return alone, attached, failed


def kill_attachers(attacher, server, kills):
    for _ in range(kills):
        victim = attacher.start(server.process.pid, "-d", "0.2")
        time.sleep(random.uniform(0, 0.8))
        victim.kill()
        victim.communicate()
        server.ask("/pause")


def quantiles(values):
    ordered = sorted(values)
    return [ordered[min(int(len(ordered) * part), len(ordered) - 1)] * 1e3 for part in (0, 0.5, 0.9, 0.99, 1)]


def row(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def pauses_row(name, what, values):
    if values:
        row(name, what, len(values), *(f"{value:.2f}" for value in quantiles(values)))


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("scopetrace")
    parser.add_argument("--cycles", type=int, default=20)
    parser.add_argument("--idle", type=int, default=0)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--loop", default="asyncio")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--pauses", type=argparse.FileType("a"), default=sys.stdout, metavar="FILE",
                        help="where the rows of the second table go")
    return parser.parse_args()


def refuse_where_root_alone_may():
    try:
        with open("/proc/sys/kernel/yama/ptrace_scope") as file:
            scope = int(file.read())
    except OSError:
        return
    if scope and os.geteuid():
        print(f"SKIP: kernel.yama.ptrace_scope is {scope}: only root may attach", file=sys.stderr)
        sys.exit(77)


def main(options):
    refuse_where_root_alone_may()
    server = Server(options.python, options.loop)
    try:
        attacher = Attacher(options.scopetrace)
        try:
            return measure(options, server, attacher)
        finally:
            attacher.end()
    finally:
        server.process.kill()
        server.process.wait()


def name_of(options):
    code = "import platform; print(platform.python_version())"
    version = subprocess.run([options.python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    return f"{version}, {options.loop}"


def measure(options, server, attacher):
    load = Load(server.port)
    before = server.ask("/state")
    _, idle, idle_failed = cycle(attacher, server, options.idle)
    with load:
        alone, attached, failed = cycle(attacher, server, options.cycles)
        kill_attachers(attacher, server, options.kills)
        failed += idle_failed + (not attacher.run(server.process.pid))
    after = server.ask("/state")
    cycles = options.idle + options.cycles
    name = name_of(options)
    row(name, cycles, options.kills, failed, len(load.latencies), len(load.failures), len(after["hooked"]),
        round(before["scope"] * 1e9), round(after["scope"] * 1e9), round(before["MB"]), round(after["MB"]))
    with contextlib.redirect_stdout(options.pauses):
        pauses_row(name, "longest pause, idle, attached", idle)
        pauses_row(name, "longest pause, loaded, alone", alone)
        pauses_row(name, "longest pause, loaded, attached", attached)
        pauses_row(name, "one stop of the main thread", attacher.stops)
        pauses_row(name, "latency of a request", load.latencies)
    problems = load.failures[:3]
    if cycles < STAYS_HOOKED:
        problems += after["hooked"]
        problems += ["scopes are slower than before"] if after["scope"] > 1.5 * before["scope"] else []
    problems += [] if server.process.poll() is None else ["the server has ended"]
    if problems:
        print(problems, file=sys.stderr)
    return 1 if failed or problems else 0


if __name__ == "__main__":
    sys.exit(main(arguments()))
