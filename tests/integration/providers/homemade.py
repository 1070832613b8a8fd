# SPDX-License-Identifier: MIT
"""Scope classes that no provider of scopetrace knows: described by test_providers.c."""
import asyncio


class Deadline:
    """A timeout that takes its request back, unless it is told to forget it."""

    def __init__(self, delay, forget=False):
        self.delay, self.forget, self._when, self._expired, self._task = delay, forget, None, False, None

    async def __aenter__(self):
        loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        self._when = loop.time() + self.delay
        self._timer = loop.call_at(self._when, self._on_timeout)
        return self

    def _on_timeout(self):
        self.cancel()

    def cancel(self):
        self._expired = True
        self._task.cancel()

    async def __aexit__(self, kind, value, traceback):
        self._timer.cancel()
        if self._expired and kind is asyncio.CancelledError:
            if not self.forget:
                self._task.uncancel()
            raise TimeoutError


class Outer:
    class Inner(Deadline):
        """Inherits its methods: not described itself."""
