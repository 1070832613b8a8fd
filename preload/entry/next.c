/* SPDX-License-Identifier: MIT */
/* Looking up the next definition of an interposed function. Runs in: the target. */
#include "preload/entry/next.h"

#include <dlfcn.h>
#include <stddef.h>

void *next_symbol(void **cache, const char *name)
{
    void *symbol = __atomic_load_n(cache, __ATOMIC_RELAXED);
    if (symbol == NULL) {
        int saved_errno = errno;
        symbol = dlsym(RTLD_NEXT, name);
        __atomic_store_n(cache, symbol, __ATOMIC_RELAXED);
        errno = saved_errno;
    }
    return symbol;
}
