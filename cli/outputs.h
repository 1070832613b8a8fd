/* SPDX-License-Identifier: MIT */
/*
 * Where a report goes, in what formats: standard error or output, and the files that --format and --report name.
 *
 * Runs in: the command, single-threaded.
 */
#ifndef SCOPETRACE_CLI_OUTPUTS_H
#define SCOPETRACE_CLI_OUTPUTS_H

#include <stdbool.h>
#include <stdio.h>

#include "analyzer/core/report.h"
#include "cli/options.h"

struct outputs;

/* Opens the files, and empties them. settings and root (the project's folder) are borrowed until outputs_free();
 * fallback is what has no file of its own is written to, and is not closed. NULL and error: bad usage, or a file
 * that cannot be written. */
struct outputs *outputs_open(const struct settings *settings, const char *root, FILE *fallback, GError **error);
void outputs_free(struct outputs *outputs);

/* Whether one of them shows the tree that --tree asks for. */
bool outputs_show_tree(const struct outputs *outputs);

/* Writes the report. files_only: not to the fallback; told: those formats that outputs_tell() writes are done. */
gboolean outputs_write(const struct outputs *outputs, const struct report *report, bool files_only, bool told,
                       GError **error);

/* Writes one finding while the trace still grows, in those formats that can. */
gboolean outputs_tell(const struct outputs *outputs, const struct finding *finding, GError **error);

#endif
