/* SPDX-License-Identifier: MIT */
/*
 * Of a word that nobody knows: the name that was probably meant.
 *
 * Runs in: the command. Strings are borrowed.
 */
#ifndef SCOPETRACE_CLI_GUESS_H
#define SCOPETRACE_CLI_GUESS_H

#include <glib.h>

struct guess {
    const char *word;
    gsize length;     /* of it: it need not end there */
    const char *name; /* the nearest one so far; NULL: none is near */
    unsigned distance;
};

struct guess guess_begin(const char *word, gsize length);
/* A name that may have been meant. Of two that are as near the first counts. */
void guess_consider(struct guess *guess, const char *name);
/* " (did you mean --NAME?)", with prefix for the dashes, or "". To be freed. */
char *guess_hint(const struct guess *guess, const char *prefix);

#endif
