/* SPDX-License-Identifier: MIT */
#include "preload/agent/slab.h"

#include <stdlib.h>
#include <string.h>

SELDOM void *slab_new(size_t count, size_t record, size_t link)
{
    char *slab = calloc(count, record);

    for (size_t i = 0; slab && i + 1 < count; i++) {
        const void *next = slab + (i + 1) * record;

        memcpy(slab + i * record + link, &next, sizeof next);
    }
    return slab;
}
