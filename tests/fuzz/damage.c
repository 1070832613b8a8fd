/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/damage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EDIT_SIZE = 4 };

/* An edit: what to do, where (two bytes), and a value. */
static void edit(GByteArray *bytes, const struct damage_values *values, const uint8_t *how)
{
    if (!bytes->len)
        return;
    const guint at = (how[1] | (guint)how[2] << 8) % bytes->len, left = bytes->len - at;
    const uint64_t number = values->numbers[how[3] % values->count], place = values->base + how[3] * 32u;
    switch (how[0] % 9) {
    case 0:
        g_byte_array_set_size(bytes, at);
        break;
    case 1:
        memcpy(bytes->data + at, &place, MIN(left, sizeof place));
        break;
    case 2:
        memcpy(bytes->data + at, &number, MIN(left, sizeof number));
        break;
    case 3:
        memcpy(bytes->data + at, &number, MIN(left, sizeof(uint32_t)));
        break;
    case 4:
        memcpy(bytes->data + at, &number, MIN(left, sizeof(uint16_t)));
        break;
    case 5:
        g_byte_array_remove_range(bytes, at, MIN(left, how[3]));
        break;
    case 6: {
        g_autofree guint8 *again = g_memdup2(bytes->data, MIN(left, how[3]));
        g_byte_array_append(bytes, again, again ? MIN(left, how[3]) : 0);
        break;
    }
    case 7:
        bytes->data[at] ^= (guint8)(1u << how[3] % 8);
        break;
    default:
        bytes->data[at] = how[3];
    }
}

GByteArray *damage(const GByteArray *sound, const struct damage_values *values, const uint8_t *edits, size_t size)
{
    GByteArray *bytes = g_byte_array_new();
    g_byte_array_append(bytes, sound->data, sound->len);
    for (size_t at = 0; at + EDIT_SIZE <= size; at += EDIT_SIZE)
        edit(bytes, values, edits + at);
    return bytes;
}

void damage_write(const char *path, const GByteArray *bytes)
{
    FILE *file = fopen(path, "we");
    if (!file || fwrite(bytes->data, 1, bytes->len, file) != bytes->len || fclose(file) != 0)
        abort();
}
