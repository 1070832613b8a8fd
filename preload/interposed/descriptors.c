/* SPDX-License-Identifier: MIT */
/*
 * Keeps the program's hands off LTTng's descriptors. A program that closes all descriptors and reuses the
 * numbers would otherwise find LTTng writing into its own files.
 *
 * Runs in: see interposed.h.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "preload/interposed/interposed.h"
#include "preload/interposed/moved.h"
#include "preload/interposed/next.h"
#include "preload/interposed/published.h"

/* More than LTTng has: two sockets, a wait word, and a few per processor and channel. */
#define KEPT_MAX 1024

enum owner {
    OWNER_PROGRAM = 0,
    OWNER_NOBODY = 1, /* not open */
    OWNER_LTTNG = -1,
};

/* Takes the place of close() under LTTng's lock, so that a slow close does not keep it. What a seccomp filter does
 * not let us ask is the program's. */
static int look_only(int fd)
{
    return fcntl(fd, F_GETFD) < 0 && errno == EBADF ? OWNER_NOBODY : OWNER_PROGRAM;
}

static enum owner owner_of(const struct bridge_agent *agent, int fd)
{
    if (moved_is_programs(fd)) {
        return OWNER_PROGRAM;
    }
    if (moved_is_lttngs(fd)) {
        return OWNER_LTTNG;
    }
    int saved_errno = errno;
    enum owner owner = (enum owner)agent->close_fd(fd, look_only);
    errno = saved_errno;
    return owner;
}

/* The agent where descriptors need guarding, else NULL. */
static const struct bridge_agent *guard(void)
{
    const struct bridge_agent *agent = published_agent();
    return agent != NULL && agent->is_own_process() ? agent : NULL;
}

/* One system call instead of the seven that asking LTTng takes: what servers close all day is never its. */
static bool is_network_socket(int fd)
{
    int domain;
    socklen_t size = sizeof domain;
    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain != AF_UNIX;
}

/* One that the program has in the place of one of LTTng's, which comes back. */
static bool close_in_place(int fd)
{
    return fd > 0 && moved_is_programs(fd) && guard() != NULL && moved_back((unsigned)fd, (unsigned)fd) != 0;
}

EXPORT int INTERPOSED(close)(int fd)
{
    int saved_errno = errno;
    if (published_agent() == NULL) {
        return moved_real_close(fd);
    }
    int meant = moved_end(fd, __builtin_extract_return_addr(__builtin_return_address(0)));
    if (meant != fd) {
        return moved_real_close(meant);
    }
    if (close_in_place(fd)) {
        return 0;
    }
    if (is_network_socket(fd)) {
        return moved_real_close(fd);
    }
    errno = saved_errno;
    const struct bridge_agent *agent = guard();
    /* Not open counts too: LTTng might take the number before the real close gets to it. */
    if (agent != NULL && owner_of(agent, fd) != OWNER_PROGRAM) {
        errno = EBADF;
        return -1;
    }
    return moved_real_close(fd);
}

EXPORT int INTERPOSED(fclose)(FILE *stream)
{
    const struct bridge_agent *agent = guard();
    if (agent == NULL) {
        return CALL_NEXT(EOF, fclose, stream);
    }
    int fd = fileno(stream);
    if (owner_of(agent, fd) == OWNER_LTTNG) {
        errno = EBADF;
        return EOF;
    }
    int result = CALL_NEXT(EOF, fclose, stream);
    int saved_errno = errno;
    moved_back_if_free(fd);
    errno = saved_errno;
    return result;
}

/* Clears the number for a copy of old_fd. False, with errno, where there is nothing to copy: alone, the program
 * would have no descriptor of that number; and where there is no room for LTTng's. */
static bool is_free(int old_fd, int new_fd)
{
    const struct bridge_agent *agent = guard();
    if (agent == NULL || old_fd == new_fd) {
        return true;
    }
    if (owner_of(agent, old_fd) != OWNER_PROGRAM) {
        errno = EBADF;
        return false;
    }
    return owner_of(agent, new_fd) != OWNER_LTTNG || moved_away(new_fd);
}

EXPORT int INTERPOSED(dup2)(int old_fd, int new_fd)
{
    return is_free(old_fd, new_fd) ? CALL_NEXT(-1, dup2, old_fd, new_fd) : -1;
}

EXPORT int INTERPOSED(dup3)(int old_fd, int new_fd, int flags)
{
    return is_free(old_fd, new_fd) ? CALL_NEXT(-1, dup3, old_fd, new_fd, flags) : -1;
}

/* LTTng's descriptors within a range, ascending. */
struct kept {
    unsigned count;
    unsigned fds[KEPT_MAX];
};

static int compare(const void *a, const void *b)
{
    unsigned left = *(const unsigned *)a;
    unsigned right = *(const unsigned *)b;
    return (left > right) - (left < right);
}

static void keep_if_lttngs(struct kept *kept, const struct bridge_agent *agent, const char *name, unsigned first,
                           unsigned last)
{
    char *end;
    unsigned long fd = strtoul(name, &end, 10);
    if (end != name && fd >= first && fd <= last && kept->count < KEPT_MAX &&
        owner_of(agent, (int)fd) == OWNER_LTTNG) {
        kept->fds[kept->count++] = (unsigned)fd;
    }
}

/* Reads /proc/self/fd without allocating. Where there is no /proc, every number of the range is asked for. */
static void find_kept(struct kept *kept, const struct bridge_agent *agent, unsigned first, unsigned last)
{
    kept->count = 0;
    int folder = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        long limit = sysconf(_SC_OPEN_MAX);
        for (unsigned fd = first; fd <= last && fd < (unsigned long)limit && kept->count < KEPT_MAX; fd++) {
            if (owner_of(agent, (int)fd) == OWNER_LTTNG) {
                kept->fds[kept->count++] = fd;
            }
        }
        return;
    }
    _Alignas(struct dirent64) char buffer[4096];
    long size;
    while ((size = syscall(SYS_getdents64, folder, buffer, sizeof buffer)) > 0) {
        for (long at = 0; at < size; at += ((const struct dirent64 *)(buffer + at))->d_reclen) {
            keep_if_lttngs(kept, agent, ((const struct dirent64 *)(buffer + at))->d_name, first, last);
        }
    }
    moved_real_close(folder);
    qsort(kept->fds, kept->count, sizeof kept->fds[0], compare);
}

/* Closes a range but what is kept in it: one call for each gap. */
static int close_gaps(const struct kept *kept, unsigned first, unsigned last, int flags)
{
    for (unsigned i = 0; i < kept->count; i++) {
        if (kept->fds[i] > first && CALL_NEXT(-1, close_range, first, kept->fds[i] - 1, flags) != 0) {
            return -1;
        }
        first = kept->fds[i] + 1;
    }
    return first <= last ? CALL_NEXT(-1, close_range, first, last, flags) : 0;
}

EXPORT int INTERPOSED(close_range)(unsigned first, unsigned last, int flags)
{
    const struct bridge_agent *agent = guard();
    if (agent == NULL || first > last || ((unsigned)flags & CLOSE_RANGE_CLOEXEC) != 0) {
        return CALL_NEXT(-1, close_range, first, last, flags);
    }
    int saved_errno = errno;
    struct kept kept;
    moved_back(first, last);
    find_kept(&kept, agent, first, last);
    errno = saved_errno;
    return close_gaps(&kept, first, last, flags);
}

EXPORT void INTERPOSED(closefrom)(int first)
{
    if (guard() == NULL) {
        (void)CALL_NEXT(0, closefrom, first);
        return;
    }
    unsigned from = first > 0 ? (unsigned)first : 0;
    if (INTERPOSED(close_range)(from, ~0u, 0) == 0) {
        return;
    }
    /* A kernel without close_range (before 5.9). */
    long limit = sysconf(_SC_OPEN_MAX);
    for (long fd = from; fd < limit; fd++) {
        INTERPOSED(close)((int)fd);
    }
}
