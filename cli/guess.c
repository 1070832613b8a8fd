/* SPDX-License-Identifier: MIT */
#include "cli/guess.h"

#include <stdbool.h>
#include <string.h>

#define LONGEST 32u
/* One letter in so many may be wrong. */
#define LETTERS_PER_SLIP 3u

struct guess guess_begin(const char *word, gsize length)
{
    const struct guess guess = {.word = word, .length = length};
    return guess;
}

/* The letters that were left out, added, exchanged or swapped with the next one. */
static unsigned distance_between(const char *one, gsize rows, const char *other, gsize columns)
{
    unsigned steps[LONGEST + 1][LONGEST + 1];
    for (gsize i = 0; i <= rows; i++)
        for (gsize j = 0; j <= columns; j++) {
            unsigned *here = &steps[i][j];
            *here = (unsigned)(i + j);
            if (i == 0 || j == 0)
                continue;
            const unsigned other_letter = one[i - 1] != other[j - 1];
            *here = MIN(MIN(steps[i - 1][j], steps[i][j - 1]) + 1, steps[i - 1][j - 1] + other_letter);
            if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
                *here = MIN(*here, steps[i - 2][j - 2] + 1);
        }
    return steps[rows][columns];
}

/* The beginning of the name, or the end behind a dash. */
static bool is_part(const struct guess *guess, const char *name, gsize length)
{
    if (length <= guess->length)
        return false;
    const char *end = name + length - guess->length;
    return memcmp(name, guess->word, guess->length) == 0 ||
           (end[-1] == '-' && memcmp(end, guess->word, guess->length) == 0);
}

void guess_consider(struct guess *guess, const char *name)
{
    const gsize length = strlen(name);
    if (guess->length < 2 || guess->length > LONGEST || length > LONGEST)
        return;
    const unsigned distance =
        is_part(guess, name, length) ? 1 : distance_between(guess->word, guess->length, name, length);
    const unsigned most = (unsigned)(guess->length + LETTERS_PER_SLIP - 1) / LETTERS_PER_SLIP;
    if (distance > most || (guess->name && distance >= guess->distance))
        return;
    guess->name = name;
    guess->distance = distance;
}

char *guess_hint(const struct guess *guess, const char *prefix)
{
    return guess->name ? g_strdup_printf(" (did you mean %s%s?)", prefix, guess->name) : g_strdup("");
}
