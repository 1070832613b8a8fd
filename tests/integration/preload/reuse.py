# SPDX-License-Identifier: MIT
"""Puts files of its own in the place of every descriptor, in every way there is, and traces on.

Its files must hold its own bytes only, and each call do what it does without scopetrace. Run with an empty folder.
"""
import asyncio
import ctypes
import errno
import os
import resource
import socket
import sys
import time

FOLDER = sys.argv[-1]
LAST = 100
libc = ctypes.CDLL(None, use_errno=True)


async def some_scopes():
    for _ in range(300):
        async with asyncio.timeout(10):
            await asyncio.sleep(0)
    task = asyncio.create_task(asyncio.sleep(10))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])


def path(i):
    return f"{FOLDER}/{i}"


def fill(fds):
    for fd in fds:
        assert os.write(fd, b"mine") == 4


def check(count):
    for i in range(count):
        with open(path(i), "rb") as file:
            content = file.read()
        assert content and not content.replace(b"mine", b""), (i, content)


def expect(number, function, *arguments):
    try:
        function(*arguments)
    except OSError as error:
        assert error.errno == number, (function, arguments, error)
    else:
        raise AssertionError((function, arguments))


def in_child(work):
    pid = os.fork()
    if pid == 0:
        work()
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0


def take_all(duplicate):
    """A file for each number: all succeed, whoever had the number before."""
    source = os.open(path(0), os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    numbers = [fd for fd in range(3, LAST) if fd != source]
    for i, fd in enumerate(numbers, 1):
        other = os.open(path(i), os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        if other != fd:
            assert duplicate(other, fd) == fd
            # closing what was just put somewhere would close the file
            if other not in numbers[:i]:
                os.close(other)
    return [source, *numbers]


def dup3(old, new):
    return libc.dup3(old, new, os.O_CLOEXEC)


def traced_child():
    asyncio.run(some_scopes())
    check(10)


def daemon():
    for fd in range(3, LAST):
        try:
            os.close(fd)
        except OSError:
            pass
    fds = take_all(os.dup2)
    asyncio.run(some_scopes())
    fill(fds)
    check(len(fds))


resource.setrlimit(resource.RLIMIT_NOFILE, (1024, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
asyncio.run(some_scopes())
for duplicate in os.dup2, dup3:
    fds = take_all(duplicate)
    fill(fds)
    asyncio.run(some_scopes())
    in_child(traced_child)
    in_child(daemon)
    for fd in fds:
        assert os.fstat(fd).st_size >= 4
        os.close(fd)
        expect(errno.EBADF, os.close, fd)
    check(len(fds))
    asyncio.run(some_scopes())

# numbers that are free, and those that the program has itself
assert libc.dup2(999, 998) == -1 and ctypes.get_errno() == errno.EBADF
mine = os.open(path(0), os.O_RDWR | os.O_APPEND)
assert os.dup2(mine, mine) == mine and libc.dup3(mine, mine, 0) == -1 and ctypes.get_errno() == errno.EINVAL

# a socket in the place of each, closed in one call
pair = socket.socketpair()
tcp = socket.socket()
for fd in range(3, LAST):
    if fd not in (pair[0].fileno(), pair[1].fileno(), tcp.fileno(), mine):
        os.dup2(tcp.fileno() if fd % 2 else pair[0].fileno(), fd)
asyncio.run(some_scopes())
pair[1].setblocking(False)
expect(errno.EAGAIN, pair[1].recv, 1)
for number in pair[0].detach(), pair[1].detach(), tcp.detach():
    os.close(number)
os.closerange(3, LAST)
asyncio.run(some_scopes())

# streams of C
libc.fdopen.restype = ctypes.c_void_p
stream = libc.fdopen(os.dup2(os.open(path(1), os.O_RDWR), 5), b"r+")
assert libc.fclose(ctypes.c_void_p(stream)) == 0
asyncio.run(some_scopes())
time.sleep(0.2)  # for LTTng's own threads
check(10)
print("ok")
