# SPDX-License-Identifier: MIT
"""What tools of sys.monitoring hear of calls, one that was there before asyncio and one that came later."""
import sys

HEARD = {"cancel", "uncancel", "__enter__", "__exit__", "__aenter__", "__aexit__", "reschedule", "cancelled", "getattr"}
monitoring = getattr(sys, "monitoring", None)
callbacks = {}


def hear(tool, event, file=__file__):
    def callback(code, offset, callable, argument):
        name = getattr(callable, "__name__", None)
        if name in HEARD and ("asyncio" in code.co_filename or code.co_filename == file):
            print(tool, event, type(callable).__name__, name, code.co_name, offset, type(argument).__name__)
            if name == "getattr" and event == "CALL":
                return monitoring.DISABLE
    return callback


def register(number, tool):
    monitoring.use_tool_id(number, tool)
    for event in "CALL", "C_RETURN", "C_RAISE":
        callbacks[number, event] = hear(tool, event)
        print(monitoring.register_callback(number, getattr(monitoring.events, event), callbacks[number, event]))
    monitoring.set_events(number, monitoring.events.CALL)


def forget(number):
    monitoring.set_events(number, 0)
    for event in "CALL", "C_RETURN", "C_RAISE":
        before = monitoring.register_callback(number, getattr(monitoring.events, event), None)
        print(event, before is callbacks[number, event])
    monitoring.free_tool_id(number)


def refused(*arguments):
    try:
        monitoring.register_callback(*arguments)
    except Exception as error:
        print(type(error).__name__, error)


def run():
    import asyncio

    import anyio

    async def main():
        register(1, "late")
        scope = anyio.CancelScope()
        scope.cancel()
        bound = scope.cancel
        bound()
        type(scope).cancel(scope)
        for _ in range(3):
            getattr(scope, "cancel")(*())
            getattr(scope, "cancel")(**{})
        other = anyio.CancelScope()
        other.__enter__()
        try:
            other.__enter__(1)
        except TypeError as error:
            print(error)
        try:
            other.__enter__()
        except RuntimeError as error:
            print(error)
        other.__exit__(None, None, None)
        with anyio.CancelScope() as inner:
            inner.cancel()
            await anyio.sleep(1)
        try:
            async with asyncio.timeout(None) as timeout:
                timeout.reschedule(0)
                await asyncio.sleep(1)
        except TimeoutError:
            print("timeout")
        group = asyncio.TaskGroup()
        await group.__aenter__()
        task = group.create_task(asyncio.sleep(10))
        await asyncio.sleep(0)
        task.cancel()
        await group.__aexit__(None, None, None)
        own = asyncio.current_task()
        own.cancel()
        own.uncancel()
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            print(own.cancelling())
        python = asyncio.tasks._PyTask(asyncio.sleep(10), loop=asyncio.get_running_loop())
        await asyncio.sleep(0)
        python.cancel()
        await asyncio.wait([python])

    asyncio.run(main())


if monitoring:
    print(monitoring.register_callback, type(monitoring.register_callback), monitoring.register_callback.__doc__)
    refused()
    register(0, "early")
    run()
    refused(0, monitoring.events.CALL)
    refused(0, "CALL", None)
    refused(7, monitoring.events.CALL, print)
    refused(0, 3, print)
    refused(0, monitoring.events.CALL, print, None)
    forget(0)
    forget(1)
else:
    print("none of that")
    run_without = __import__("asyncio").run
    run_without(__import__("asyncio").sleep(0))
