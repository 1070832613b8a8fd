/* SPDX-License-Identifier: MIT */
/*
 * Which of many tasks beside each other are alike, so that a service with thousands of connections fits a screen.
 *
 * Runs in: the command. Single-threaded.
 */
#ifndef SCOPETRACE_ATTACH_PICTURE_FOLD_H
#define SCOPETRACE_ATTACH_PICTURE_FOLD_H

#include "cli/attach/picture.h"

/* So many of those alike are shown. */
#define PICTURE_FOLD_MOST 3u

/* For siblings: char * -> struct picture_alike *. Alike are those of one coroutine with the same scopes, counter
 * and place, and names that differ in a number at most; who has children is like no other. */
GHashTable *picture_fold_new(const GPtrArray *siblings);

struct picture_alike {
    guint all, shown;
};

/* Those that are like task, which is one of the siblings; borrowed. */
struct picture_alike *picture_fold_of(GHashTable *fold, const struct picture_task *task);

#endif
