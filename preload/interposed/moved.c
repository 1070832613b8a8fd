/* SPDX-License-Identifier: MIT */
#include "preload/interposed/moved.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "preload/interposed/interposed.h"
#include "preload/interposed/next.h"

#define MOST 64u
#define LIBRARIES 8u
/* Above what programs number by themselves. */
#define FAR_AWAY 512
#define TRIES 100000u

/* Read without a lock: `to` is written before `from`. */
static struct {
    int from; /* 0 = unused: LTTng has none of the standard streams' numbers */
    int to;
} moved[MOST];
static uint32_t used; /* of the table: entries that ever were */
static uint32_t busy;

static struct {
    uintptr_t begin, end;
} libraries[LIBRARIES];
static uint32_t library_count;

NEXT_FUNCTION(close)
NEXT_FUNCTION(write)
NEXT_FUNCTION(writev)
NEXT_FUNCTION(sendmsg)
NEXT_FUNCTION(recvmsg)
NEXT_FUNCTION(shutdown)

int moved_real_close(int fd)
{
    return next_close()(fd);
}

/* ---- LTTng's code ---- */

static int add_if_lttngs(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)size;
    (void)data;
    if (strstr(info->dlpi_name, "/liblttng-ust") == NULL) {
        return 0;
    }
    for (size_t i = 0; i < info->dlpi_phnum && library_count < LIBRARIES; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type == PT_LOAD && (part->p_flags & PF_X) != 0) {
            libraries[library_count].begin = info->dlpi_addr + part->p_vaddr;
            libraries[library_count].end = info->dlpi_addr + part->p_vaddr + part->p_memsz;
            library_count++;
        }
    }
    return 0;
}

static void look_up(void)
{
    (void)next_close();
    (void)next_write();
    (void)next_writev();
    (void)next_sendmsg();
    (void)next_recvmsg();
    (void)next_shutdown();
}

#ifdef INTERPOSED_BY_NAME
/* LTTng's threads call us while the loader waits for them, also in programs that bring LTTng along: nothing may be
 * looked up then. */
__attribute__((constructor)) static void look_up_beforehand(void)
{
    look_up();
}
#endif

void moved_setup(void)
{
    look_up();
    if (library_count == 0) {
        dl_iterate_phdr(add_if_lttngs, NULL);
    }
}

static bool is_lttng(const void *caller)
{
    for (uint32_t i = 0; i < library_count; i++) {
        if ((uintptr_t)caller >= libraries[i].begin && (uintptr_t)caller < libraries[i].end) {
            return true;
        }
    }
    return false;
}

/* ---- the table ---- */

/* Where the number was moved from or, with `to`, to; -1: nowhere. */
static int find(int fd, bool to)
{
    uint32_t count = __atomic_load_n(&used, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < count && fd > 0; i++) {
        int from = __atomic_load_n(&moved[i].from, __ATOMIC_ACQUIRE);
        if (from != 0 && (to ? __atomic_load_n(&moved[i].to, __ATOMIC_RELAXED) : from) == fd) {
            return (int)i;
        }
    }
    return -1;
}

/* A lock that a fork may have left behind is given up in the end. */
static bool lock(sigset_t *ret_mask)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, ret_mask);
    for (uint32_t i = 0; __atomic_exchange_n(&busy, 1, __ATOMIC_ACQUIRE) != 0; i++) {
        if (i == TRIES) {
            pthread_sigmask(SIG_SETMASK, ret_mask, NULL);
            errno = EBUSY;
            return false;
        }
        sched_yield();
    }
    return true;
}

static void unlock(const sigset_t *mask)
{
    __atomic_store_n(&busy, 0, __ATOMIC_RELEASE);
    pthread_sigmask(SIG_SETMASK, mask, NULL);
}

static int copy_far_away(int fd)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, FAR_AWAY);
    return copy >= 0 ? copy : fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

static bool remember(int from, int to)
{
    for (uint32_t i = 0; i < MOST; i++) {
        if (moved[i].from == 0) {
            __atomic_store_n(&moved[i].to, to, __ATOMIC_RELAXED);
            __atomic_store_n(&moved[i].from, from, __ATOMIC_RELEASE);
            if (i >= used) {
                __atomic_store_n(&used, i + 1, __ATOMIC_RELEASE);
            }
            return true;
        }
    }
    errno = EBUSY;
    return false;
}

bool moved_away(int fd)
{
    sigset_t mask;
    int copy = copy_far_away(fd);
    if (copy < 0 || !lock(&mask)) {
        if (copy >= 0) {
            moved_real_close(copy);
        }
        return false;
    }
    int at = find(fd, true);
    bool done = true;
    if (at >= 0) {
        __atomic_store_n(&moved[at].to, copy, __ATOMIC_RELEASE);
    } else {
        done = remember(fd, copy);
    }
    unlock(&mask);
    if (!done) {
        moved_real_close(copy);
        errno = EBUSY;
    }
    return done;
}

static void put_back(uint32_t at)
{
    int from = moved[at].from;
    int to = moved[at].to;
    if (CALL_NEXT(-1, dup3, to, from, O_CLOEXEC) == from) {
        __atomic_store_n(&moved[at].from, 0, __ATOMIC_RELEASE);
        moved_real_close(to);
    }
}

unsigned moved_back(unsigned first, unsigned last)
{
    sigset_t mask;
    unsigned count = 0;
    if (__atomic_load_n(&used, __ATOMIC_ACQUIRE) == 0 || !lock(&mask)) {
        return 0;
    }
    for (uint32_t i = 0; i < used; i++) {
        if (moved[i].from > 0 && (unsigned)moved[i].from >= first && (unsigned)moved[i].from <= last) {
            put_back(i);
            count++;
        }
    }
    unlock(&mask);
    return count;
}

void moved_back_if_free(int fd)
{
    sigset_t mask;
    int at = find(fd, false);
    if (at < 0 || !lock(&mask)) {
        return;
    }
    /* the lowest that is free, from this one on */
    int copy = moved[at].from == fd ? fcntl(moved[at].to, F_DUPFD_CLOEXEC, fd) : -1;
    if (copy == fd) {
        __atomic_store_n(&moved[at].from, 0, __ATOMIC_RELEASE);
        moved_real_close(moved[at].to);
    } else if (copy >= 0) {
        moved_real_close(copy);
    }
    unlock(&mask);
}

bool moved_is_programs(int fd)
{
    return find(fd, false) >= 0;
}

bool moved_is_lttngs(int fd)
{
    return find(fd, true) >= 0;
}

/* What is meant by fd, which is LTTng's own name for it if LTTng is the caller. */
static int meant_by(int fd, const void *caller)
{
    if (__builtin_expect(__atomic_load_n(&used, __ATOMIC_ACQUIRE) == 0, 1) || !is_lttng(caller)) {
        return fd;
    }
    int at = find(fd, false);
    return at >= 0 ? __atomic_load_n(&moved[at].to, __ATOMIC_RELAXED) : fd;
}

int moved_end(int fd, const void *caller)
{
    int meant = meant_by(fd, caller);
    int at = meant != fd ? find(fd, false) : -1;
    if (at >= 0) {
        __atomic_store_n(&moved[at].from, 0, __ATOMIC_RELEASE);
    }
    return meant;
}

/* ---- what LTTng does with its descriptors once it has them ---- */

#define CALLER __builtin_extract_return_addr(__builtin_return_address(0))

EXPORT ssize_t INTERPOSED(write)(int fd, const void *bytes, size_t size)
{
    return next_write()(meant_by(fd, CALLER), bytes, size);
}

EXPORT ssize_t INTERPOSED(writev)(int fd, const struct iovec *parts, int count)
{
    return next_writev()(meant_by(fd, CALLER), parts, count);
}

EXPORT ssize_t INTERPOSED(sendmsg)(int fd, const struct msghdr *message, int flags)
{
    return next_sendmsg()(meant_by(fd, CALLER), message, flags);
}

EXPORT ssize_t INTERPOSED(recvmsg)(int fd, struct msghdr *message, int flags)
{
    return next_recvmsg()(meant_by(fd, CALLER), message, flags);
}

EXPORT int INTERPOSED(shutdown)(int fd, int how)
{
    return next_shutdown()(meant_by(fd, CALLER), how);
}
