/* SPDX-License-Identifier: MIT */
#include "cli/core_file/memory.h"

#include <string.h>

/* Divides every page: a read of this many bytes at a multiple of it is of one page. */
#define STEP 64u

char *memory_text(const struct memory *memory, uint64_t address, size_t most)
{
    GString *text = g_string_new(NULL);
    while (address && text->len < most) {
        char piece[STEP];
        const size_t size = STEP - address % STEP;
        if (!memory_read(memory, address, piece, size))
            break;
        const char *end = memchr(piece, '\0', size);
        g_string_append_len(text, piece, end ? end - piece : (gssize)size);
        if (end)
            break;
        address += size;
    }
    g_string_truncate(text, MIN(text->len, most));
    return g_string_free(text, FALSE);
}
