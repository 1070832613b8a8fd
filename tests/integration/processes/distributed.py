# SPDX-License-Identifier: MIT
"""Tests for pytest-xdist: each of two workers has at least one of them."""
import time

import pytest
import stealing


@pytest.mark.parametrize("number", range(4))
def test_steals(number):
    stealing.main()
    time.sleep(0.2)
