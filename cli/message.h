/* SPDX-License-Identifier: MIT */
/*
 * What the command says on stderr: one line each, "scopetrace: …".
 *
 * Runs in: the command. Single-threaded. What is not plainly visible in the text (names come from outside) is
 * spelled as reports spell it, so that a message is one line and no terminal obeys it.
 */
#ifndef SCOPETRACE_CLI_MESSAGE_H
#define SCOPETRACE_CLI_MESSAGE_H

#include <glib.h>

/* -1: errors only (-q); 0; 1: details too (-v). */
void message_set_verbosity(int verbosity);

void message_error(const char *format, ...) G_GNUC_PRINTF(1, 2);
/* Not with -q. */
void message_notice(const char *format, ...) G_GNUC_PRINTF(1, 2);
/* Only with -v. */
void message_detail(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* text as one printable line. To be freed. */
char *message_line(const char *text);
/* text as a word of a command that a person copies: quoted where a shell would make something else of it. To be
 * freed. */
char *message_word(const char *text);

#endif
