/* SPDX-License-Identifier: MIT */
/*
 * Pieces of memory of one size, in whole lines of the cache: a busy program goes through the same few again and
 * again, and each is taken and given back with a handful of instructions.
 *
 * Runs in: the command. Internal to analyzer/core. Single-threaded.
 */
#ifndef SCOPETRACE_CORE_POOL_H
#define SCOPETRACE_CORE_POOL_H

#include <glib.h>

struct pool_piece {
    struct pool_piece *next;
};

/* Zeroed is empty. */
struct pool {
    struct pool_piece *spare;
    GPtrArray *blocks; /* what the pieces are made of; NULL: none yet */
};

/* For pool_take(). */
void pool_grow(struct pool *pool, size_t size);

/* Never NULL. What it held when it was given back it holds still, but for the first pointer; else it is zeroed. */
static inline void *pool_take(struct pool *pool, size_t size)
{
    if (!pool->spare)
        pool_grow(pool, size);
    struct pool_piece *piece = pool->spare;
    pool->spare = piece->next;
    return piece;
}

static inline void pool_give(struct pool *pool, void *item)
{
    struct pool_piece *piece = item;
    piece->next = pool->spare;
    pool->spare = piece;
}

/* All pieces go, also those that were not given back. */
void pool_clear(struct pool *pool);

#endif
