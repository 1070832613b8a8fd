/* SPDX-License-Identifier: MIT */
/*
 * From the options of flight recorders and chunks to what a session must know of them: what `run`, `record` and
 * `attach` have in common there.
 *
 * Runs in: the command. Prints one line, when the recorder begins.
 */
#ifndef SCOPETRACE_CLI_RECORDER_H
#define SCOPETRACE_CLI_RECORDER_H

#include "cli/options.h"
#include "cli/session/session.h"

/* Fills in options->flight with *flight, if there is to be one. name: for `scopetrace snapshot`, unless the
 * trace's folder has one; borrowed. FALSE and error: the options contradict each other, or are
 * out of range. */
gboolean recorder_configure(const struct settings *settings, const char *name, struct flight_options *flight,
                            struct session_options *options, GError **error);

/* Fills in options->rotation. */
gboolean recorder_rotate(const struct settings *settings, struct session_options *options, GError **error);

/* Where what it is read out for by itself goes, if the user said no folder: to be freed. NULL: there is no such
 * thing, or he did. */
char *recorder_folder(const struct settings *settings, const char *program);

/* Says what it takes and how it is read out. Nothing when there is none. */
void recorder_tell(const struct session_options *options, const struct session *session);

#endif
