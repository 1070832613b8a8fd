# SPDX-License-Identifier: MIT
"""Servers with two workers each, until both of them have answered: uvicorn --workers, gunicorn's prefork."""
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import stealing

HERE = os.path.dirname(os.path.abspath(__file__))
WORKERS = 2

faulty = False


async def application(scope, receive, send):
    """An ASGI application: the pid of who answers."""
    global faulty
    if scope["type"] != "http":
        return
    if not faulty:
        faulty = True
        await stealing.steal()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(os.getpid()).encode()})


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
            return int(answer.read())
    except OSError:
        return None


def run_until_all_answered(*command):
    port = free_port()
    server = subprocess.Popen([sys.executable, "-m", *(word.format(port=port) for word in command)], cwd=HERE)
    answered, deadline = set(), time.monotonic() + 60
    while len(answered) < WORKERS and time.monotonic() < deadline:
        answered |= {ask(port)} - {None}
        time.sleep(0.02)
    server.send_signal(signal.SIGTERM)
    server.wait()
    assert len(answered) == WORKERS, answered


if sys.argv[1:] == ["uvicorn"]:
    run_until_all_answered("uvicorn", "--log-level", "critical", "--port", "{port}", "--workers", str(WORKERS),
                           "servers:application")
elif sys.argv[1:] == ["gunicorn"]:
    run_until_all_answered("gunicorn", "--log-level", "critical", "-b", "127.0.0.1:{port}", "-w", str(WORKERS),
                           "-k", "uvicorn_worker.UvicornWorker", "--no-control-socket", "servers:application")
