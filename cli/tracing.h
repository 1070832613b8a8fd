/* SPDX-License-Identifier: MIT */
/*
 * Tracing a program from its start to its end: what `run` and `record` have in common.
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_CLI_TRACING_H
#define SCOPETRACE_CLI_TRACING_H

#include "cli/options.h"
#include "cli/session/session.h"

struct tracing {
    struct session *session; /* stopped; its trace can be read until tracing_clear() */
    struct session_result result;
    int wait_status;                 /* of the program */
    GError *incomplete;              /* why the session did not end well; NULL: it did */
    struct control_classes *classes; /* that the user described */
};

/* trace_folder: made, or taken when it is there and empty (nothing is ever overwritten); NULL: a private one.
 * with_trace: also when it is streamed; else a stream is all there is.
 * FALSE and error when the program did not run: tracing_error_status(); nothing is left then. */
gboolean tracing_run(struct tracing *ret, const struct settings *settings, const char *trace_folder,
                     bool with_trace, char **arguments, GError **error);
/* Makes the folder for a trace, or takes one that is empty. ret_made: it was not there before. */
gboolean tracing_make_folder(const char *path, gboolean *ret_made, GError **error);

/* Says where the trace was streamed to, if it was. */
void tracing_tell_stream(const struct tracing *tracing);

/* ./scopetrace-NAME-TIME, with a number behind it when there are several in one second; name: a path's last part
 * counts. To be freed. */
char *tracing_default_folder(const char *name);

/* Ends what is left of the session. */
void tracing_clear(struct tracing *tracing);

/* 127, 126 or 2. */
int tracing_error_status(const GError *error);

#endif
