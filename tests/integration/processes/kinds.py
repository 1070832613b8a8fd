# SPDX-License-Identifier: MIT
"""Makes processes in the way that the argument names; what each of them does is in stealing.py."""
import multiprocessing
import os
import subprocess
import sys
import time

import stealing

FILE = stealing.__file__


def confessions():
    with open(os.environ["PIDS"]) as file:
        return len(file.readlines())


def wait_for(pid):
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def fork():
    stealing.main()
    for _ in range(2):
        pid = os.fork()
        if pid == 0:
            stealing.main()
            os._exit(0)
        wait_for(pid)


def pool(method):
    with multiprocessing.get_context(method).Pool(2) as workers:
        results = [workers.apply_async(stealing.main, (number,)) for number in range(2)]
        assert [result.get() for result in results] == [0, 1]
        workers.close()
        workers.join()


def started():
    subprocess.run([sys.executable, FILE], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([sys.executable, FILE], check=True, stdout=subprocess.DEVNULL, preexec_fn=os.getpid)
    subprocess.run(f"{sys.executable} {FILE} & wait; true", check=True, stdout=subprocess.DEVNULL, shell=True)
    subprocess.run([sys.executable, FILE], check=True, stdout=subprocess.DEVNULL, close_fds=False, start_new_session=True)


def replaced():
    """The same pid before and after."""
    stealing.main()
    os.execv(sys.executable, [sys.executable, FILE])


def daemon():
    """As daemons are made: forks twice, closes everything."""
    stealing.main()
    pid = os.fork()
    if pid == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        os.chdir("/")
        os.closerange(0, 1024)
        for _ in range(3):
            os.open(os.devnull, os.O_RDWR)
        stealing.main()
        os._exit(0)
    wait_for(pid)
    while confessions() < 2:
        time.sleep(0.01)
    time.sleep(0.2)


if __name__ == "__main__":
    kinds = {"fork": fork, "started": started, "replaced": replaced, "daemon": daemon,
             **{method: lambda method=method: pool(method) for method in ("spawn", "forkserver")}}
    kinds[sys.argv[1]]()
