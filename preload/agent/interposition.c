/* SPDX-License-Identifier: MIT */
#include "preload/agent/interposition.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "preload/agent/process.h"
#include "preload/agent/references.h"
#include "preload/agent/start.h"
#include "preload/interposed/interposed.h"
#include "preload/interposed/moved.h"
#include "preload/interposed/next.h"
#include "preload/interposed/published.h"
#include "preload/stat_line.h"

static FILE *fopen_for_python(const char *path, const char *mode);
static void *dlsym_for_python(void *handle, const char *name);

/* A jump, not a call. GCC before 15 cannot be told, and does so where it optimizes. */
#if __has_attribute(musttail)
#define AS_LAST __attribute__((musttail))
#else
#define AS_LAST
#endif

#define ROW(name, owners) #name, owners, (void *)interposed_##name, NULL

/* A call of libc's own goes past us, as it goes past the entry. */
static struct references_function functions[] = {
    {ROW(close, REFERENCES_ALL)},
    {ROW(fclose, REFERENCES_ALL)},
    {ROW(dup2, REFERENCES_ALL)},
    {ROW(dup3, REFERENCES_ALL)},
    {ROW(close_range, REFERENCES_ALL)},
    {ROW(closefrom, REFERENCES_ALL)},
    {ROW(pthread_exit, REFERENCES_ALL)},
    {ROW(epoll_create1, REFERENCES_ALL)},
    {ROW(epoll_create, REFERENCES_ALL)},
    {ROW(socketpair, REFERENCES_ALL)},
    {ROW(epoll_wait, REFERENCES_LOOPS)}, /* the interpreter's: see ticks.h */
    {ROW(epoll_pwait, REFERENCES_LOOPS)},
    {ROW(epoll_pwait2, REFERENCES_LOOPS)},
    {ROW(write, REFERENCES_LTTNG)},
    {ROW(writev, REFERENCES_LTTNG)},
    {ROW(sendmsg, REFERENCES_LTTNG)},
    {ROW(recvmsg, REFERENCES_LTTNG)},
    {ROW(shutdown, REFERENCES_LTTNG)},
    {"fopen", REFERENCES_INTERPRETER, (void *)fopen_for_python, NULL},
    {"fopen64", REFERENCES_INTERPRETER, (void *)fopen_for_python, NULL},
    {"dlsym", REFERENCES_PYTHON, (void *)dlsym_for_python, NULL},
};

#define COUNT (sizeof functions / sizeof functions[0])

static FILE *fopen_for_python(const char *path, const char *mode)
{
    FILE *stream = CALL_NEXT(NULL, fopen64, path, mode);
    int saved_errno = errno;
    uint32_t ours = stream && !strcmp(path, STAT_LINE_PATH) ? process_own_threads() : 0;

    if (ours)
        stream = stat_line_subtract(stream, ours);
    errno = saved_errno;
    return stream;
}

/* The interpreter asks for a module's first function when it has loaded it, and before it runs it. Where the
 * answer depends on who asks, libc must see the return address that we were given: that call is the last thing we
 * do. */
static void *dlsym_for_python(void *handle, const char *name)
{
    static void *cache;
    __typeof__(&dlsym) next = (__typeof__(&dlsym))next_symbol(&cache, "dlsym");

    if (handle == RTLD_DEFAULT || handle == RTLD_NEXT)
        AS_LAST return next(handle, name);
    if (references_any_new())
        references_point(functions, COUNT);
    void *found = next(handle, name);
    for (size_t i = 0; found && i < COUNT; i++)
        if (found == functions[i].next && functions[i].owners & REFERENCES_LOOKS_UP)
            return functions[i].function;
    return found;
}

static bool tell_entry(const struct bridge_agent *agent)
{
    bridge_publish_fn publish = (bridge_publish_fn)dlsym(RTLD_DEFAULT, BRIDGE_PUBLISH);

    return publish && publish(agent) == 0;
}

/* Ready before any of it is called. */
static void begin(const struct bridge_agent *agent)
{
    moved_setup();
    for (size_t i = 0; i < COUNT; i++)
        functions[i].next = next_definition(functions[i].name);
    published_set(agent);
}

void interposition_begin(void)
{
    static struct bridge_agent agent;
    static bool preloaded;
    int saved_errno = errno;

    if (!agent.version) {
        agent = start_offer();
        preloaded = tell_entry(&agent);
        if (!preloaded)
            begin(&agent);
    }
    if (!preloaded)
        references_point(functions, COUNT);
    errno = saved_errno;
}
