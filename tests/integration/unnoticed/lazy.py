# SPDX-License-Identifier: MIT
"""A module of scopes that is to be executed when it is first used, is: not when somebody looks whether it is there."""
import asyncio
import importlib.util
import sys

spec = importlib.util.find_spec("async_timeout")
spec.loader = importlib.util.LazyLoader(spec.loader)
module = importlib.util.module_from_spec(spec)
sys.modules["async_timeout"] = module
spec.loader.exec_module(module)


async def times_out(make):
    try:
        async with make(0.001):
            await asyncio.sleep(9)
    except asyncio.TimeoutError:
        print("timed out")


asyncio.run(times_out(asyncio.timeout))
print(type(module).__name__)
asyncio.run(times_out(lambda seconds: module.timeout(seconds)))
print(type(module).__name__, type(vars(module)["Timeout"]).__name__)
