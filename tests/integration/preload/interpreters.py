# SPDX-License-Identifier: MIT
"""asyncio in a sub-interpreter, then in the main one: both run, the main one is traced."""
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters

code = "import asyncio; asyncio.run(asyncio.sleep(0))"
other = interpreters.create()
interpreters.run_string(other, code)

import asyncio


async def main():
    async with asyncio.timeout(10):
        await asyncio.sleep(0)


asyncio.run(main())
interpreters.run_string(other, code)
asyncio.run(main())
print("ok")
