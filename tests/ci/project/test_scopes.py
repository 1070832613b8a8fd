# SPDX-License-Identifier: MIT
# One fault per test, each in a function of its own: the report must name the test. Run by pytest, also in workers,
# and by unittest, for which it sets SCOPETRACE_LABEL.
import asyncio
import os
import unittest

import anyio


async def exit_out_of_order():
    outer, inner = anyio.CancelScope(), anyio.CancelScope()
    outer.__enter__()
    inner.__enter__()
    for scope in outer, inner:
        try:
            scope.__exit__(None, None, None)
        except RuntimeError:
            pass


def in_first():
    asyncio.run(exit_out_of_order())


def in_child():
    asyncio.run(exit_out_of_order())


async def leave_in_order():
    with anyio.CancelScope(), anyio.CancelScope():
        await anyio.sleep(0.001)


class Scopes(unittest.TestCase):
    def setUp(self):
        if "PYTEST_CURRENT_TEST" not in os.environ:
            os.environ["SCOPETRACE_LABEL"] = self.id()

    def test_clean(self):
        asyncio.run(leave_in_order())

    def test_first(self):
        in_first()

    def test_forked(self):
        child = os.fork()
        if child == 0:
            in_child()
            os._exit(0)
        self.assertEqual(os.waitpid(child, 0)[1], 0)

    def test_last(self):
        asyncio.run(leave_in_order())


if __name__ == "__main__":
    unittest.main()
