/* SPDX-License-Identifier: MIT */
/* Fork, descriptors and threads of LTTng. Runs in: the target. */
#include "preload/agent/process.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <lttng/ust-fork.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "preload/agent/agent.h"
#include "preload/agent/emission.h"

/* Exported by liblttng-ust-common since 2.13, declared in a public header from 2.15 on. */
int lttng_ust_safe_close_fd(int fd, int (*close_cb)(int fd));

enum liveliness {
    AWAKE,
    ASLEEP, /* in a forked child: state as at the fork, no threads */
};

uint32_t process_unannounced;

static uint32_t liveliness = AWAKE;
static pid_t own_pid;
static bool threads_are_ours = true; /* before anybody says otherwise */
/* liblttng-ust-fork is there too and does LTTng's part of each fork: twice would be a deadlock. */
static bool fork_is_handled;
/* The forking thread's signal mask. One per thread: several may fork at once. */
static __thread sigset_t mask_before_fork;

static void before_fork(void)
{
    /* Filled in beforehand: LTTng leaves it alone when it is LTTng itself that forks. */
    pthread_sigmask(SIG_SETMASK, NULL, &mask_before_fork);
    if (!fork_is_handled) {
        lttng_ust_before_fork(&mask_before_fork);
    }
}

static void after_fork_in_parent(void)
{
    if (!fork_is_handled) {
        lttng_ust_after_fork_parent(&mask_before_fork);
    }
}

/* Between this and exec the program may call what is safe in a signal handler only, and so may we. */
static void after_fork_in_child(void)
{
    if (!fork_is_handled) {
        /* What the parent does is all that is wanted: locks given back, the mask restored. */
        lttng_ust_after_fork_parent(&mask_before_fork);
        if (liveliness == AWAKE) {
            liveliness = ASLEEP;
        }
    }
    own_pid = getpid();
    agent_forked();
    __atomic_store_n(&process_unannounced, 1, __ATOMIC_RELAXED);
}

void process_setup(const struct bridge_entry *entry)
{
    static bool done;
    if (done) {
        return;
    }
    done = true;
    own_pid = getpid();
    threads_are_ours = entry == NULL || entry->lttng_was_there == 0;
    fork_is_handled = dlopen("liblttng-ust-fork.so.1", RTLD_NOLOAD | RTLD_LAZY) != NULL;
    /* LTTng ends its threads when the process exits, for which libc needs this library, and aborts where it cannot
     * be opened: in another root, or with no descriptor left. It stays. */
    (void)dlopen("libgcc_s.so.1", RTLD_NOW | RTLD_NODELETE);
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

bool process_is_own(void)
{
    return getpid() == own_pid;
}

bool process_is_waiting(void)
{
    return __atomic_load_n(&process_unannounced, __ATOMIC_RELAXED) != 0;
}

/* To LTTng it is as if this thread had forked just now. */
static void wake_lttng(void)
{
    sigset_t all;
    sigset_t programs_own;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &programs_own); /* its new threads inherit the mask */
    sigset_t mask;
    lttng_ust_before_fork(&mask);
    lttng_ust_after_fork_child(&mask);
    pthread_sigmask(SIG_SETMASK, &programs_own, NULL);
}

bool process_begin_anew(void)
{
    uint32_t asleep = ASLEEP;
    if (!process_is_waiting() || !process_is_own() ||
        __atomic_exchange_n(&process_unannounced, 0, __ATOMIC_RELAXED) == 0) {
        return false;
    }
    int saved_errno = errno;
    if (__atomic_compare_exchange_n(&liveliness, &asleep, AWAKE, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
        wake_lttng();
    }
    emission_enter_process();
    agent_after_fork_in_child();
    errno = saved_errno;
    return true;
}

int process_close_fd(int fd, int (*real_close)(int fd))
{
    int result = lttng_ust_safe_close_fd(fd, real_close);
    if (result == -1 && errno == EBADF && __atomic_load_n(&liveliness, __ATOMIC_RELAXED) != AWAKE) {
        /* Kept for now, but not beyond an exec. */
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        errno = EBADF;
    }
    return result;
}

/* LTTng names its threads after the program, with this at the end. */
static bool is_lttngs_thread(int tasks, const char *tid)
{
    static const char suffix[] = "-ust\n";
    char path[32];
    char name[32];
    if (snprintf(path, sizeof path, "%.20s/comm", tid) <= 0) {
        return false;
    }
    int fd = openat(tasks, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    ssize_t length = read(fd, name, sizeof name);
    close(fd);
    const ssize_t tail = sizeof suffix - 1;
    return length >= tail && memcmp(name + length - tail, suffix, (size_t)tail) == 0;
}

uint32_t process_own_threads(void)
{
    DIR *tasks = threads_are_ours ? opendir("/proc/self/task") : NULL;
    if (tasks == NULL) {
        return 0;
    }
    uint32_t count = 0;
    const struct dirent *task;
    while ((task = readdir(tasks)) != NULL) {
        if (task->d_name[0] != '.' && is_lttngs_thread(dirfd(tasks), task->d_name)) {
            count++;
        }
    }
    closedir(tasks);
    return count;
}
