/* SPDX-License-Identifier: MIT */
/* Telling the interpreter's calls from those of other code, and a loop's beginning. Runs in: the target. */
#include "preload/interposed/caller.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#include "preload/entry/loader.h"
#include "preload/entry/python.h"
#include "preload/interposed/interposed.h"

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_known_object(const Dl_info *caller)
{
    const struct python *interpreter = python_found();
    Dl_info own;
    if (interpreter != NULL && dladdr((const void *)interpreter->gil_ensure, &own) != 0 &&
        own.dli_fbase == caller->dli_fbase) {
        return true;
    }
    const char *slash = strrchr(caller->dli_fname, '/');
    const char *file = slash != NULL ? slash + 1 : caller->dli_fname;
    return starts_with(file, "select.") || starts_with(file, "_socket.") || strstr(file, "loop.") != NULL;
}

bool caller_is_known(const void *return_address)
{
    /* One call site asks again and again: the loop's. */
    static THREAD_LOCAL const void *last_address;
    static THREAD_LOCAL bool last_answer;

    if (return_address != last_address) {
        Dl_info caller;
        last_answer = dladdr(return_address, &caller) != 0 && caller.dli_fname != NULL && is_known_object(&caller);
        last_address = return_address;
    }
    return last_answer;
}

void caller_makes_loop(const void *return_address)
{
    loader_moment(return_address);
}
