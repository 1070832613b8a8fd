/* SPDX-License-Identifier: MIT */
/*
 * Finds the file whose symbols are those of a library that was loaded elsewhere.
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_SYMBOLS_SYMBOL_FILE_H
#define SCOPETRACE_SYMBOLS_SYMBOL_FILE_H

#include <glib.h>

enum symbol_file_trouble {
    SYMBOL_FILE_FOUND,
    SYMBOL_FILE_ABSENT,
    SYMBOL_FILE_OTHER_BUILD, /* there is one of that name, and it is not the same */
    SYMBOL_FILE_UNREADABLE,
};

/* path: where it was, as the trace says. build_id: NULL: it had none, then a file of that name is believed.
 * folders: const char *, looked into first. To be freed; NULL: none, and why. */
char *symbol_file_find(const char *path, const char *build_id, const GPtrArray *folders,
                       enum symbol_file_trouble *ret_trouble);

#endif
