# SPDX-License-Identifier: MIT
"""A bit of everything that programs do, with what goes to its log, its warnings and its environment."""
import faulthandler
import gc
import logging
import os
import re
import signal
import sys
import threading
import warnings

BEFORE = dict(os.environ)
logging.basicConfig(level=logging.WARNING, stream=sys.stdout, format="%(name)s %(levelname)s %(message)s")
logging.getLogger().handlers[0].addFilter(
    lambda record: setattr(record, "msg", re.sub("0x[0-9a-f]+", "0x", str(record.getMessage()))) or not setattr(record, "args", ()))
warnings.simplefilter("always")
sys.unraisablehook = lambda args: print("unraisable", args.exc_type, args.err_msg)

import asyncio  # noqa: E402: what comes before the import must be told from what comes after

import anyio

KNOWN = {"LD_PRELOAD", "SCOPETRACE"}
ENV = [sys.executable, "-I", "-c", "import os; print(sorted(os.environ))"]


async def environments():
    print(sorted(set(os.environ) - KNOWN), BEFORE == dict(os.environ))
    assert set(BEFORE) & {name for name in BEFORE if name.startswith("LTTNG")} == set()
    child = await asyncio.create_subprocess_exec(*ENV, stdout=asyncio.subprocess.PIPE)
    names = eval((await child.communicate())[0])
    print(sorted(set(names) - KNOWN), child.returncode)


async def streams():
    async def serve(reader, writer):
        async with asyncio.timeout(5):
            writer.write((await reader.readline()).upper())
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        for _ in range(5):
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"hello\n")
            print((await asyncio.wait_for(reader.readline(), 5)).decode())
            writer.close()
            await writer.wait_closed()


async def groups():
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(10))
            group.create_task(asyncio.wait_for(asyncio.sleep(10), 0.01))
    except* TimeoutError as error:
        print(repr(error))
    with anyio.move_on_after(0.01) as scope:
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.sleep, 10)
            await anyio.sleep(10)
    print(scope.cancel_called, await asyncio.gather(*(anyio.to_thread.run_sync(abs, -n) for n in range(4))))


async def careless():
    asyncio.create_task(failing())
    pending = asyncio.create_task(asyncio.sleep(100), name="left alone")
    await asyncio.sleep(0.001)
    gc.collect()
    asyncio.sleep(1)  # never awaited
    gc.collect()
    pending.cancel()
    loop = asyncio.get_running_loop()
    loop.call_soon(lambda: 1 / 0)
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def failing():
    raise OSError("nobody asks")


async def signalled():
    loop = asyncio.get_running_loop()
    event = asyncio.Event()
    loop.add_signal_handler(signal.SIGUSR1, event.set)
    os.kill(os.getpid(), signal.SIGUSR1)
    async with asyncio.timeout(5):
        await event.wait()
    loop.remove_signal_handler(signal.SIGUSR1)
    print("signalled", signal.getsignal(signal.SIGUSR1))


def bear_slow_machines():
    """In debug mode loops warn of what took long."""
    asyncio.get_running_loop().slow_callback_duration = 60


async def under_anyio():
    bear_slow_machines()
    await streams()


async def main():
    bear_slow_machines()
    for part in (environments, streams, groups, careless, signalled):
        await part()
    print(asyncio.current_task().cancelling(), threading.active_count(), faulthandler.is_enabled())
    print([thread.name for thread in threading.enumerate() if "worker" not in thread.name.lower()])


asyncio.run(main())
anyio.run(under_anyio)
print(sorted(name for name in sys.modules if "scopetrace" in name or "lttng" in name), len(sys.meta_path))
print([type(finder).__name__ for finder in sys.meta_path])
sys.exit(3)
