# SPDX-License-Identifier: MIT
"""What a workload tells the benchmark, a line in the file that BENCH_RESULT names: how much it did, the processor time
that took, the time by the clock, and how long a request was waited for (median, and 99 of 100)."""
import gc
import os
import sys
import time


def size(usual):
    """As much as usual, times what the command line says."""
    return max(1, int(usual * float(sys.argv[1]))) if sys.argv[1:] else usual


def pin(which):
    """Onto one processor, the first (0) or the last (-1), as long as there are two: moving costs time."""
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) > 1:
        os.sched_setaffinity(0, {allowed[which]})


def write(units, processor, clock, p50=0.0, p99=0.0):
    if "BENCH_RESULT" in os.environ:
        with open(os.environ["BENCH_RESULT"], "a", encoding="ascii") as result:
            print(units, processor, clock, p50, p99, file=result)


class Measured:
    def __init__(self, units):
        self.units, self.waits = units, (0.0, 0.0)

    def __enter__(self):
        pin(0)
        gc.collect()
        self.clock, self.processor = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *exception):
        processor, clock = time.process_time() - self.processor, time.perf_counter() - self.clock
        if exception[0] is None:
            write(self.units, processor, clock, *self.waits)
