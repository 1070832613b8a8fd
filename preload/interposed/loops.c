/* SPDX-License-Identifier: MIT */
/*
 * The interposed calls of event loops: a new one is a moment to look, a wait is a tick.
 *
 * Runs in: the target, any thread. CPython and uvloop make these calls with the GIL released.
 */
#include "preload/interposed/loops.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include "preload/interposed/caller.h"
#include "preload/interposed/interposed.h"
#include "preload/interposed/next.h"
#include "preload/interposed/published.h"

static THREAD_LOCAL struct bridge_thread here;

struct bridge_thread *loops_thread(void)
{
    return &here;
}

/* Counts, and lets the agent look where it asked to. Returns `result`, errno as the wait left it. A loop that is
 * not known (gevent's hub) may turn any number of times within one iteration of asyncio's: who counted that would
 * take each task for one that ran on. */
static int after_wait(int result, const void *caller)
{
    const struct bridge_agent *agent = published_agent();
    if (agent == NULL) {
        return result;
    }
    int saved_errno = errno;
    if (caller_is_known(caller)) {
        here.waits++;
        if (__atomic_load_n(agent->wants_tick, __ATOMIC_RELAXED) != 0 || agent->session_changed()) {
            agent->after_tick();
        }
    }
    errno = saved_errno;
    return result;
}

static uint32_t to_tell(const struct bridge_agent *agent)
{
    return agent != NULL ? __atomic_load_n(agent->to_tell, __ATOMIC_RELAXED) : 0;
}

static bool has_to_tell(const struct bridge_agent *agent)
{
    return to_tell(agent) != 0 || (agent != NULL && __atomic_load_n(agent->wants_tick, __ATOMIC_RELAXED) != 0);
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* What is left of a timeout of epoll_wait(), which is in ms; negative: without end. */
static int left_ms(int timeout, int64_t since_ns)
{
    int64_t passed = (now_ns() - since_ns) / 1000000;
    return timeout < 0 ? timeout : passed < timeout ? (int)(timeout - passed) : 0;
}

/* What is told comes after all that the loop did before it: the wait is one tick more. */
static void tell(const struct bridge_agent *agent)
{
    here.waits++;
    agent->tell();
    here.waits--;
}

/* A loop that is about to sleep for longer than a piece takes has time for what the agent has to tell; what
 * happens meanwhile goes first. Returns what a wait found, or 0 with what is left of the timeout. */
static int tell_before(int fd, struct epoll_event *events, int count, int *timeout, const void *caller)
{
    const struct bridge_agent *agent = published_agent();
    if (!has_to_tell(agent) || *timeout == 0 || *timeout == 1 || !caller_is_known(caller)) {
        return 0;
    }
    uint32_t before;
    const int64_t since = now_ns();
    const int whole = *timeout;
    do {
        int result = CALL_NEXT(-1, epoll_wait, fd, events, count, 0);
        if (result != 0) {
            return result;
        }
        before = to_tell(agent);
        tell(agent);
        *timeout = left_ms(whole, since);
    } while (to_tell(agent) != 0 && to_tell(agent) != before && *timeout != 0 && *timeout != 1);
    return 0;
}

EXPORT int INTERPOSED(epoll_wait)(int fd, struct epoll_event *events, int count, int timeout)
{
    int result = tell_before(fd, events, count, &timeout, __builtin_return_address(0));
    if (result == 0) {
        result = CALL_NEXT(-1, epoll_wait, fd, events, count, timeout);
    }
    return after_wait(result, __builtin_return_address(0));
}

EXPORT int INTERPOSED(epoll_pwait)(int fd, struct epoll_event *events, int count, int timeout,
                                   const sigset_t *mask)
{
    int result = mask == NULL ? tell_before(fd, events, count, &timeout, __builtin_return_address(0)) : 0;
    if (result == 0) {
        result = CALL_NEXT(-1, epoll_pwait, fd, events, count, timeout, mask);
    }
    return after_wait(result, __builtin_return_address(0));
}

EXPORT int INTERPOSED(epoll_pwait2)(int fd, struct epoll_event *events, int count, const struct timespec *timeout,
                                    const sigset_t *mask)
{
    int result = CALL_NEXT(-1, epoll_pwait2, fd, events, count, timeout, mask);
    return after_wait(result, __builtin_return_address(0));
}

EXPORT int INTERPOSED(epoll_create1)(int flags)
{
    caller_makes_loop(__builtin_return_address(0));
    return CALL_NEXT(-1, epoll_create1, flags);
}

EXPORT int INTERPOSED(epoll_create)(int size)
{
    caller_makes_loop(__builtin_return_address(0));
    return CALL_NEXT(-1, epoll_create, size);
}

EXPORT int INTERPOSED(socketpair)(int domain, int type, int protocol, int fds[2])
{
    caller_makes_loop(__builtin_return_address(0));
    return CALL_NEXT(-1, socketpair, domain, type, protocol, fds);
}
