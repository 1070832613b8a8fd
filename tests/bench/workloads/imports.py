# SPDX-License-Identifier: MIT
"""A program that imports asyncio, and nothing else: all that it takes from its start on."""
import asyncio  # noqa: F401
import time

from _measure import write

write(1, time.process_time(), 0.0)
