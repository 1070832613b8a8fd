# SPDX-License-Identifier: MIT
"""Forks while another thread cancels a scope whose deadline takes its time to say how much it is: scopetrace is asking,
nobody else would. In the child that thread is not there, and has ended nothing."""
import asyncio
import os
import threading
import warnings

import anyio
import nested

made, asked, answer = threading.Event(), threading.Event(), threading.Event()


class Deadline:
    """To AnyIO it is infinity."""

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __float__(self):
        if made.is_set():
            asked.set()
            answer.wait()
        return 1e9


async def cancel_one():
    scope = anyio.CancelScope(deadline=Deadline())
    made.set()
    with scope:
        scope.cancel()
        await anyio.sleep(1)


def run():
    asyncio.run(cancel_one())
    asked.set()


warnings.simplefilter("ignore")  # 3.12 and later: threads and fork; with a pid in it
thread = threading.Thread(target=run)
thread.start()
asked.wait()
pid = os.fork()
if pid == 0:
    answer.set()  # it is asked again, for the child's part of the trace
    nested.run()
    os._exit(0)
print("child", os.waitpid(pid, 0)[1])
answer.set()
thread.join()
