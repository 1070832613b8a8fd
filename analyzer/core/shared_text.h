/* SPDX-License-Identifier: MIT */
/*
 * Strings that many things of a world share: the name of a task is in each mark that it left. References are
 * counted in front of the characters, inline, because each event of a scope takes some.
 *
 * Runs in: the command. Internal to analyzer/core and analyzer/rules. Single-threaded. NULL is accepted everywhere
 * and is no text.
 */
#ifndef SCOPETRACE_CORE_SHARED_TEXT_H
#define SCOPETRACE_CORE_SHARED_TEXT_H

#include <glib.h>
#include <string.h>

struct shared_text {
    unsigned refs;
    char characters[];
};

static inline struct shared_text *shared_text_of(const char *text)
{
    return (struct shared_text *)(void *)(text - offsetof(struct shared_text, characters));
}

/* A copy with one reference; NULL for "" and NULL. */
static inline char *shared_text_new(const char *text)
{
    if (!text || !*text)
        return NULL;
    size_t size = strlen(text) + 1;
    struct shared_text *shared = g_malloc(sizeof *shared + size);
    shared->refs = 1;
    return memcpy(shared->characters, text, size);
}

static inline char *shared_text_hold(char *text)
{
    if (text)
        shared_text_of(text)->refs++;
    return text;
}

static inline void shared_text_release(char *text)
{
    if (text && --shared_text_of(text)->refs == 0)
        g_free(shared_text_of(text));
}

#endif
