/* SPDX-License-Identifier: MIT */
#include "analyzer/core/pool.h"

#include <string.h>

#include "analyzer/core/cache.h"

enum { PIECES_A_BLOCK = 16 };

void pool_grow(struct pool *pool, size_t size)
{
    char *block = memset(cache_alloc(PIECES_A_BLOCK * size), 0, PIECES_A_BLOCK * size);
    if (!pool->blocks)
        pool->blocks = g_ptr_array_new_with_free_func(free);
    g_ptr_array_add(pool->blocks, block);
    for (size_t i = PIECES_A_BLOCK; i-- > 0;)
        pool_give(pool, block + i * size);
}

void pool_clear(struct pool *pool)
{
    g_clear_pointer(&pool->blocks, g_ptr_array_unref);
    pool->spare = NULL;
}
