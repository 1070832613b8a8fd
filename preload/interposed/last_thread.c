/* SPDX-License-Identifier: MIT */
/*
 * A process ends when its last thread does. Once the main thread is gone by pthread_exit() that is how it ends,
 * and LTTng's threads, which never end, would keep it: an interpreter does that, too, whose main thread wants the
 * GIL when another thread ends the interpreter. So somebody waits for all others, and does what libc would have
 * done.
 *
 * Runs in: the target, any thread.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "preload/interposed/interposed.h"
#include "preload/interposed/next.h"
#include "preload/interposed/published.h"

#define TASKS "/proc/self/task"
#define LOOK_NS (20 * 1000 * 1000)
#define STACK_BYTES (256u * 1024u)
/* Counted among LTTng's. */
#define NAME "scopetrace-ust"

/* 0: they cannot be counted. */
static uint32_t count_threads(void)
{
    uint32_t count = 0;
    const struct dirent *task;
    DIR *tasks = opendir(TASKS);
    while (tasks != NULL && (task = readdir(tasks)) != NULL) {
        count += task->d_name[0] != '.';
    }
    if (tasks != NULL) {
        closedir(tasks);
    }
    return count;
}

/* It stays in the list of threads as long as there are others. */
static bool is_main_thread_gone(void)
{
    char path[sizeof TASKS + 32];
    char line[256];
    snprintf(path, sizeof path, TASKS "/%d/stat", (int)getpid());
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd >= 0 ? read(fd, line, sizeof line - 1) : -1;
    if (fd >= 0) {
        close(fd);
    }
    line[length > 0 ? length : 0] = '\0';
    const char *name_end = strrchr(line, ')');
    return name_end != NULL && strncmp(name_end, ") Z", 3) == 0;
}

static bool is_last(const struct bridge_agent *agent)
{
    uint32_t threads = count_threads();
    return threads != 0 && is_main_thread_gone() && threads <= agent->own_threads() + 1;
}

static void *wait_for_others(void *data)
{
    const struct bridge_agent *agent = data;
    const struct timespec pause = {.tv_nsec = LOOK_NS};
    /* twice: a thread may begin between the two counts */
    while (!is_last(agent) || !is_last(agent)) {
        nanosleep(&pause, NULL);
    }
    exit(0);
}

static void begin_to_wait(const struct bridge_agent *agent)
{
    sigset_t all;
    sigset_t programs_own;
    pthread_t waiter;
    pthread_attr_t attributes;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &programs_own);
    if (pthread_attr_init(&attributes) == 0) {
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        pthread_attr_setstacksize(&attributes, STACK_BYTES);
        if (pthread_create(&waiter, &attributes, wait_for_others, (void *)(uintptr_t)agent) == 0) {
            pthread_setname_np(waiter, NAME);
        }
        pthread_attr_destroy(&attributes);
    }
    pthread_sigmask(SIG_SETMASK, &programs_own, NULL);
}

EXPORT void INTERPOSED(pthread_exit)(void *value)
{
    static void *cache;
    __typeof__(&pthread_exit) next = (__typeof__(&pthread_exit))next_symbol(&cache, "pthread_exit");
    const struct bridge_agent *agent = published_agent();
    if (agent != NULL && gettid() == getpid() && agent->own_threads() != 0) {
        begin_to_wait(agent);
    }
    if (next != NULL) {
        next(value);
    }
    for (;;) {
        syscall(SYS_exit, 0);
    }
}
