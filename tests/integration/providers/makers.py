# SPDX-License-Identifier: MIT
"""A scope of each kind that AnyIO has a name for, entered by main() itself."""
import anyio
from anyio import move_on_after


async def main():
    for _ in range(20):  # until the interpreter has specialized the call
        with move_on_after(10):
            await anyio.sleep(0)
    with move_on_after(None, shield=True):
        with anyio.fail_after(10):
            pass
        with anyio.CancelScope(shield=True, deadline=9e9):
            pass
        async with anyio.create_task_group():
            pass


anyio.run(main)
