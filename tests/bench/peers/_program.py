# SPDX-License-Identifier: MIT
"""The program that a peer watches."""
import os
import runpy
import sys


def run():
    """Runs it as if it had been started by itself."""
    del sys.argv[0]
    sys.path[0] = os.path.dirname(sys.argv[0])
    runpy.run_path(sys.argv[0], run_name="__main__")
