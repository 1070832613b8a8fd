/* SPDX-License-Identifier: MIT */
/*
 * The processor's cache: what is asked for ahead is there when it is needed, and what begins with a line of it
 * takes no more lines than it must.
 *
 * Runs in: the command. Internal to analyzer/core.
 */
#ifndef SCOPETRACE_CORE_CACHE_H
#define SCOPETRACE_CORE_CACHE_H

#include <glib.h>
#include <stdlib.h>

enum { CACHE_LINE = 64 };

/* Asks for an item; NULL is accepted. */
static inline void cache_fetch(const void *item, size_t size)
{
    for (size_t at = 0; item && at < size; at += CACHE_LINE)
        __builtin_prefetch((const char *)item + at);
}

/* Zeroes whole lines, so few and often that memset() is not worth the call, nor the string instruction that
 * compilers make of it. */
static inline void cache_clear(void *item, size_t size)
{
    typedef long long quarter __attribute__((vector_size(CACHE_LINE / 4), may_alias));
    for (quarter *at = item, *end = at + size / sizeof *at; at < end; at += 4)
        at[0] = at[1] = at[2] = at[3] = (quarter){0};
}

/* Memory from the beginning of a line on, of a size in whole lines. Not zeroed, never NULL; goes with free(). */
static inline void *cache_alloc(size_t size)
{
    void *memory = aligned_alloc(CACHE_LINE, size);
    if (!memory)
        g_error("no memory: %zu bytes", size);
    return memory;
}

#endif
