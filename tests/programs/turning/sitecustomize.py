# SPDX-License-Identifier: MIT
"""Makes the agent believe that it writes into a flight recorder's ring of CORPUS_TURN bytes, so that it announces again
what is there each time that it has written a quarter of them, though the trace keeps everything."""

import mmap
import os

with open(os.environ["SCOPETRACE"], "r+b") as control:
    with mmap.mmap(control.fileno(), 0) as memory:
        ring = int(os.environ["CORPUS_RING"])
        flags = int(os.environ["CORPUS_FLAGS"])
        memory[ring : ring + 4] = int(os.environ["CORPUS_TURN"]).to_bytes(4, "little")
        memory[flags] |= int(os.environ["CORPUS_AGAIN"])
