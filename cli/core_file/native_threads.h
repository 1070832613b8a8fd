/* SPDX-License-Identifier: MIT */
/*
 * The native stacks of the threads of a core file, by libdw: the libraries are opened by the core's own list of
 * them, each by its build-id, so that it is known which file is used, and that it is the right one.
 *
 * libunwind's reader of core files was tried first: it takes the part of a library with the code for the library's
 * beginning (1.6, Debian 12), and so has no stack of anything that is linked as usual today.
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_CORE_FILE_NATIVE_THREADS_H
#define SCOPETRACE_CORE_FILE_NATIVE_THREADS_H

#include "analyzer/core/report.h"
#include "cli/core_file/core_file.h"

struct guard;

/* Adds a struct memory_thread for each thread of the core, in its order. debug_dirs: const char *, as
 * analyzer/symbols has them. Functions are not named yet. */
void native_threads_read(const struct core_file *core, const GPtrArray *debug_dirs, struct guard *guard,
                         GPtrArray *threads);

#endif
