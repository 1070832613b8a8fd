/* SPDX-License-Identifier: MIT */
/* A calloc that has nothing for the agent's tables of tasks and scopes. Runs in: the traced program of a test. */
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

/* The agent asks for its records by so many at once; nothing else of it does. */
#define RECORDS 256u

void *__libc_calloc(size_t count, size_t size);
__attribute__((visibility("default"))) void *calloc(size_t count, size_t size);

void *calloc(size_t count, size_t size)
{
    Dl_info caller;

    if (count == RECORDS && dladdr(__builtin_return_address(0), &caller) && caller.dli_fname &&
        strstr(caller.dli_fname, "libscopetrace-agent"))
        return NULL;
    return __libc_calloc(count, size);
}
