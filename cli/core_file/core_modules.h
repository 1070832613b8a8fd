/* SPDX-License-Identifier: MIT */
/*
 * The executable and the libraries of a core file: where they lay, and which build they were. A core has of each
 * its first page, unless that was asked to be left out; the rest is in the library's file.
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_CORE_FILE_CORE_MODULES_H
#define SCOPETRACE_CORE_FILE_CORE_MODULES_H

#include "cli/core_file/core_file.h"

struct core_module {
    uint64_t begin, end, bias; /* addresses less bias are those of the file */
    const char *path;          /* borrowed from the core */
    char *build_id;            /* NULL: unknown, or it has none */
};

/* struct core_module, by address. Bounded. To be unreferenced. */
GArray *core_modules_find(const struct core_file *core);

/* NULL: none. */
const struct core_module *core_modules_at(const GArray *modules, uint64_t address);

#endif
