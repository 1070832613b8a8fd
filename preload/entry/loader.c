/* SPDX-License-Identifier: MIT */
/* When and how the agent gets into a process. Runs in: the target. */
#include "preload/entry/loader.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "preload/entry/control_file.h"
#include "preload/entry/environment.h"
#include "preload/entry/python.h"
#include "preload/interposed/caller.h"
#include "preload/interposed/interposed.h"
#include "preload/interposed/loops.h"
#include "preload/interposed/moved.h"
#include "preload/interposed/published.h"
#include "preload/slot.h"

enum stage {
    STAGE_WATCHING, /* nothing to trace was imported yet */
    STAGE_BUSY,     /* loading, or starting */
    STAGE_REFUSED,  /* this interpreter is not to be traced; another one of the process may be */
    STAGE_AGAIN,    /* the interpreter that was traced is gone; another one of the process may come */
    STAGE_DONE,     /* started, or failed for good */
};

static struct control_process *claim_process(void);
static void interpreter_gone(void);

static struct bridge_entry entry = {.version = BRIDGE_VERSION,
                                    .thread = loops_thread,
                                    .claim_process = claim_process,
                                    .interpreter_gone = interpreter_gone};
static struct bridge_agent agent;
static bridge_start_fn agent_start;
static void *refused_interpreter;
/* Changed with the GIL held, where there is one. */
static uint32_t stage = STAGE_WATCHING;

/* A new process needs a slot of its own; the fork handling of the agent says when it is one. */
static struct control_process *claim_process(void)
{
    entry.process = control_file_claim(entry.control);
    return entry.process;
}

static void interpreter_gone(void)
{
    __atomic_store_n(&stage, STAGE_AGAIN, __ATOMIC_RELAXED);
}

/* The path of the agent: beside this library. */
static bool agent_path(char *path, size_t size)
{
    Dl_info own;
    if (dladdr(&entry, &own) == 0 || own.dli_fname == NULL) {
        return false;
    }
    const char *slash = strrchr(own.dli_fname, '/');
    int folder = slash != NULL ? (int)(slash - own.dli_fname) + 1 : 0;
    int length = snprintf(path, size, "%.*s" CONTROL_AGENT_LIBRARY, folder, own.dli_fname);
    return length > 0 && (size_t)length < size;
}

/* Loads the agent, and LTTng with it, which starts threads: with every signal blocked, so that those threads
 * never run a handler of the program. */
static void *open_agent(const char *path)
{
    sigset_t all;
    sigset_t programs_own;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &programs_own);
    environment_lend(entry.control);
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    environment_take_back();
    pthread_sigmask(SIG_SETMASK, &programs_own, NULL);
    return handle;
}

/* The loader's reason, without the path that it puts in front: the slot has room for the reason only. */
static const char *why_not(const char *path)
{
    const char *reason = dlerror();
    size_t length = strlen(path);
    if (reason == NULL) {
        return "cannot be loaded";
    }
    return strncmp(reason, path, length) == 0 && strncmp(reason + length, ": ", 2) == 0 ? reason + length + 2
                                                                                        : reason;
}

/* LTTng takes some ten, and two for each processor: where programs may have few at all, they would miss them. */
#define DESCRIPTORS 64u
#define DESCRIPTORS_PER_CPU 4u

static bool has_descriptors_to_spare(void)
{
    struct rlimit limit;
    long cpus = sysconf(_SC_NPROCESSORS_CONF);
    rlim_t least = DESCRIPTORS + DESCRIPTORS_PER_CPU * (rlim_t)(cpus > 0 ? cpus : 1);
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= least) {
        return true;
    }
    slot_refuse(entry.process, "%lu descriptors are too few for LTTng's beside the program's: ulimit -n %lu",
                (unsigned long)limit.rlim_cur, (unsigned long)least);
    return false;
}

/* Sets agent_start; false with the reason in the slot. */
static bool load(void)
{
    char path[PATH_MAX];
    if (!agent_path(path, sizeof path)) {
        slot_refuse(entry.process, "the path of " CONTROL_AGENT_LIBRARY " cannot be told");
        return false;
    }
    /* A program that brings LTTng along has its threads with or without us. */
    void *lttng = dlopen("liblttng-ust.so.1", RTLD_NOLOAD | RTLD_LAZY);
    entry.lttng_was_there = lttng != NULL;

    void *handle = open_agent(path);
    if (handle == NULL) {
        slot_refuse(entry.process, CONTROL_AGENT_LIBRARY ": %s", why_not(path));
        return false;
    }
    moved_setup();
    agent_start = (bridge_start_fn)dlsym(handle, BRIDGE_START);
    if (agent_start == NULL) {
        slot_refuse(entry.process, "no " BRIDGE_START " in " CONTROL_AGENT_LIBRARY);
        return false;
    }
    return true;
}

/* Older interpreters lack functions that the agent needs: it could not even be loaded. Where there is no GIL it
 * could not do a thing, and LTTng's threads would be there for nothing. */
static bool is_version_supported(const struct python *python)
{
    int major = 0;
    int minor = 0;
    const char *version = python->version();
    if (strstr(version, BRIDGE_FREE_THREADED) != NULL) {
        slot_refuse(entry.process, BRIDGE_WHY_NOT_FREE_THREADED);
        return false;
    }
    if (sscanf(version, "%d.%d", &major, &minor) == 2 && (major > 3 || (major == 3 && minor >= 11))) {
        return true;
    }
    slot_refuse(entry.process, "Python %.*s is too old: scopetrace needs 3.11 or later",
                (int)strcspn(version, " "), version);
    return false;
}

static bool prepare(const struct python *python)
{
    entry.control = control_file_map();
    claim_process();
    slot_raise(entry.process, CONTROL_LOADING);
    return is_version_supported(python) && has_descriptors_to_spare() && load();
}

static void *current_interpreter(const struct python *python)
{
    return python->interpreter != NULL ? python->interpreter() : NULL;
}

/* GIL held, or, where there is none, perhaps by several threads at once. */
static void start(const struct python *python, enum stage before)
{
    uint32_t expected = before;
    if (!__atomic_compare_exchange_n(&stage, &expected, STAGE_BUSY, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
        return;
    }
    enum stage after = STAGE_DONE;
    if (before != STAGE_WATCHING || prepare(python)) {
        if (agent_start(&entry, &agent) != 0) {
            refused_interpreter = current_interpreter(python);
            after = STAGE_REFUSED;
        }
        /* Even where it refused: LTTng is in the process now, and its descriptors need guarding. */
        if (agent.version == BRIDGE_VERSION) {
            published_set(&agent);
        }
    }
    __atomic_store_n(&stage, after, __ATOMIC_RELAXED);
}

static bool is_provider_imported(const struct python *python)
{
    static const char *const modules[] = {"asyncio", "trio"};
    void *imported = python->sys_object("modules");
    for (size_t i = 0; imported != NULL && i < sizeof modules / sizeof modules[0]; i++) {
        if (python->dict_get(imported, modules[i]) != NULL) {
            return true;
        }
    }
    return false;
}

/* GIL held. */
static void look(const struct python *python)
{
    enum stage now = __atomic_load_n(&stage, __ATOMIC_RELAXED);
    bool is_due = now == STAGE_WATCHING || now == STAGE_AGAIN ||
                  (now == STAGE_REFUSED && current_interpreter(python) != refused_interpreter);
    if (!is_due) {
        return;
    }
    void *error[3] = {NULL, NULL, NULL};
    python->error_fetch(&error[0], &error[1], &error[2]);
    if (is_provider_imported(python)) {
        start(python, now);
    }
    python->error_restore(error[0], error[1], error[2]);
}

EXPORT int scopetrace_entry_publish(const struct bridge_agent *injected);

int scopetrace_entry_publish(const struct bridge_agent *injected)
{
    if (injected->version != BRIDGE_VERSION) {
        return -1;
    }
    if (published_agent() == NULL) {
        moved_setup();
        (void)python_find();
        published_set(injected);
    }
    return 0;
}

void loader_moment(const void *caller)
{
    uint32_t now = __atomic_load_n(&stage, __ATOMIC_RELAXED);
    if (now == STAGE_BUSY) {
        return;
    }
    int saved_errno = errno;
    const struct python *python = python_find();
    const bool is_moment = python != NULL && python->thread_state() != NULL && caller_is_known(caller) &&
                           (python->finalizing == NULL || !python->finalizing());
    if (is_moment && now == STAGE_DONE) {
        if (published_agent() != NULL) {
            published_agent()->loop_begins();
        }
    } else if (is_moment) {
        int gil = python->gil_ensure();
        look(python);
        python->gil_release(gil);
    }
    errno = saved_errno;
}
