# SPDX-License-Identifier: MIT
"""Nothing but the import of asyncio."""
from _measure import Measured

with Measured(1):
    import asyncio  # noqa: F401
