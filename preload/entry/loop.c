/* SPDX-License-Identifier: MIT */
/*
 * The interposed calls of event loops: a new one is a moment to look, a wait is a tick.
 *
 * Runs in: the target, any thread. CPython and uvloop make these calls with the GIL released.
 */
#include "preload/entry/loop.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include "preload/entry/loader.h"
#include "preload/entry/next.h"
#include "preload/entry/python.h"

static __thread uint32_t waits __attribute__((tls_model("initial-exec")));

uint32_t loop_tick(void)
{
    return waits;
}

/* Counts, and lets the agent look where it asked to. Returns `result`, errno as the wait left it. */
static int after_wait(int result, const void *caller)
{
    waits++;
    const struct bridge_agent *agent = loader_agent();
    if (agent == NULL ||
        (__atomic_load_n(agent->wants_tick, __ATOMIC_RELAXED) == 0 && !agent->session_changed())) {
        return result;
    }
    int saved_errno = errno;
    if (python_is_caller(caller)) {
        agent->after_tick();
    }
    errno = saved_errno;
    return result;
}

EXPORT int epoll_wait(int fd, struct epoll_event *events, int count, int timeout)
{
    int result = CALL_NEXT(-1, epoll_wait, fd, events, count, timeout);
    return after_wait(result, __builtin_return_address(0));
}

EXPORT int epoll_pwait(int fd, struct epoll_event *events, int count, int timeout, const sigset_t *mask)
{
    int result = CALL_NEXT(-1, epoll_pwait, fd, events, count, timeout, mask);
    return after_wait(result, __builtin_return_address(0));
}

EXPORT int epoll_pwait2(int fd, struct epoll_event *events, int count, const struct timespec *timeout,
                        const sigset_t *mask)
{
    int result = CALL_NEXT(-1, epoll_pwait2, fd, events, count, timeout, mask);
    return after_wait(result, __builtin_return_address(0));
}

EXPORT int epoll_create1(int flags)
{
    loader_moment(__builtin_return_address(0));
    return CALL_NEXT(-1, epoll_create1, flags);
}

EXPORT int epoll_create(int size)
{
    loader_moment(__builtin_return_address(0));
    return CALL_NEXT(-1, epoll_create, size);
}

EXPORT int socketpair(int domain, int type, int protocol, int fds[2])
{
    loader_moment(__builtin_return_address(0));
    return CALL_NEXT(-1, socketpair, domain, type, protocol, fds);
}
