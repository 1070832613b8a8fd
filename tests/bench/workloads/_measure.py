# SPDX-License-Identifier: MIT
"""What a workload tells the benchmark: how much it did, and the processor time that took; of requests also how long
each was waited for."""
import os
import sys
import time

SIZE = float(sys.argv[1]) if sys.argv[1:] and sys.argv[1] != "client" else 1.0


def size(usual):
    return max(1, int(usual * SIZE))


class Measured:
    def __init__(self, units):
        self.units, self.waits = units, []

    def __enter__(self):
        self.clock, self.processor = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *exception):
        self.processor = time.process_time() - self.processor
        self.clock = time.perf_counter() - self.clock
        if exception[0] is None and "BENCH_RESULT" in os.environ:
            self.write(os.environ["BENCH_RESULT"])

    def write(self, path):
        waits = sorted(self.waits) or [0.0]
        with open(path, "w", encoding="ascii") as result:
            print(self.units, self.processor, self.clock, waits[len(waits) // 2], waits[len(waits) * 99 // 100],
                  file=result)
