# SPDX-License-Identifier: MIT
"""Every way that Python makes processes, with LTTng in the parent: nothing hangs, dies, warns or is handed on."""
import subprocess
import sys


def inherited(close_fds):
    """The descriptors and the number of threads that a child begins with."""
    code = "import os; print(sorted(os.listdir('/proc/self/fd')), len(os.listdir('/proc/self/task')))"
    return [
        subprocess.run([sys.executable, "-S", "-c", code], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, close_fds=close_fds, preexec_fn=hook).stdout
        for hook in (None, lambda: None)
    ]


WITHOUT_AGENT = [inherited(close_fds) for close_fds in (False, True)]

import asyncio

asyncio.run(asyncio.sleep(0))  # with multiprocessing's start methods this module is imported again: loads the agent

import ctypes
import multiprocessing
import os
import signal
import tempfile
import threading
import warnings


async def some_scopes():
    async with asyncio.timeout(10):
        await asyncio.sleep(0.001)


def traced(number=0):
    asyncio.run(some_scopes())
    return number


def wait_for(pid, status=0):
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == status, status


def exec_bound():
    for _ in range(20):
        subprocess.run(["true"], check=True)
        subprocess.run(["true"], check=True, preexec_fn=lambda: None)
        subprocess.run(["true"], check=True, preexec_fn=lambda: None, close_fds=False)
        wait_for(os.posix_spawnp("true", ["true"], os.environ))
        pid = os.fork()
        if pid == 0:
            os.execvp("true", ["true"])
        wait_for(pid)
    assert os.system("true") == 0


def descriptors_handed_on():
    assert [inherited(close_fds) for close_fds in (False, True)] == WITHOUT_AGENT


def short_lived():
    for _ in range(20):
        pid = os.fork()
        if pid == 0:
            os._exit(7)
        wait_for(pid, 7)
        pid = os.fork()
        if pid == 0:
            sys.exit(5)  # through the destructors of every library
        wait_for(pid, 5)


def child_traces_in_thread():
    pid = os.fork()
    if pid == 0:
        thread = threading.Thread(target=traced)
        thread.start()
        thread.join()
        traced()
        sys.exit(0)
    wait_for(pid)


def grandchild_traces():
    pid = os.fork()
    if pid == 0:
        os.setsid()
        pid = os.fork()
        if pid == 0:
            traced()
            os._exit(0)
        wait_for(pid)
        os._exit(0)
    wait_for(pid)


def numbers_of_the_childs_choice():
    """What a child puts anywhere is there, whether it execs or goes on."""
    for number in range(3, 40):
        child = subprocess.run(["bash", "-c", f"echo here >&{number}"], stdout=subprocess.PIPE, close_fds=False,
                               preexec_fn=lambda: os.dup2(1, number))
        assert child.stdout == b"here\n", number
    with tempfile.TemporaryDirectory() as folder:
        pid = os.fork()
        if pid == 0:
            file = os.dup2(os.open(f"{folder}/file", os.O_RDWR | os.O_CREAT, 0o600), 200)
            for number in range(3, 100):
                os.dup2(file, number)
            traced()
            for number in range(3, 100):
                assert os.pwrite(number, b"mine", 0) == 4
            assert os.pread(file, 100, 0) == b"mine"
            os._exit(0)
        wait_for(pid)


def multiprocesses():
    multiprocessing.set_forkserver_preload(["asyncio"])  # the default does nothing before 3.13.2, and this module then
    for method in ("fork", "forkserver", "spawn"):
        # a worker that is slow to start may find no work left: it does some by itself
        with multiprocessing.get_context(method).Pool(2, initializer=traced) as pool:
            assert pool.map(traced, range(4)) == list(range(4))
            pool.close()
            pool.join()


def forked_by_c():
    libc = ctypes.PyDLL(None)
    pid = libc.fork()
    if pid == 0:
        traced()
        libc.exit(0)
    wait_for(pid)


def signals_stay():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
    pid = os.fork()
    if pid == 0:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
        traced()
        os._exit(0 if before == signal.pthread_sigmask(signal.SIG_BLOCK, []) == {signal.SIGUSR2} else 1)
    wait_for(pid)
    assert signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR2]) == {signal.SIGUSR2}


async def asyncio_subprocesses():
    for _ in range(10):
        child = await asyncio.create_subprocess_exec("true")
        assert await child.wait() == 0


def from_threads():
    def run_some():
        for _ in range(10):
            subprocess.run(["true"], check=True)

    threads = [threading.Thread(target=run_some) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main():
    warnings.simplefilter("error", DeprecationWarning)  # "multi-threaded, use of fork()"
    exec_bound()
    descriptors_handed_on()
    short_lived()
    child_traces_in_thread()
    grandchild_traces()
    numbers_of_the_childs_choice()
    multiprocesses()
    forked_by_c()
    signals_stay()
    asyncio.run(asyncio_subprocesses())
    from_threads()
    traced()
    print("ok")


if __name__ == "__main__":
    main()
