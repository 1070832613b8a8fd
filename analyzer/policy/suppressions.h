/* SPDX-License-Identifier: MIT */
/*
 * Suppressions: findings that a team knows and has decided to live with, described by patterns in a file in the
 * manner of valgrind's and LeakSanitizer's.
 *
 *     # a comment
 *     {
 *        the backend's connect loop, see TICKET-12
 *        rule:leaked-cancel
 *        function:connect_*
 *        package:anyio
 *        ...
 *        file:src/app/backend.py
 *     }
 *     leaked-cancel:app.legacy.*
 *
 * In braces: a title, then conditions that must all hold. rule, scope (its kind), test and fingerprint are the
 * finding's; function, file (relative to the project's root), module and package are a frame's, all of the same
 * frame until "...": what follows holds for a frame further out. Without braces, RULE:PATTERN: the pattern is the
 * function, file or module of some frame. Patterns are globs in which * also matches "/". Only frames that a
 * report shows count: from the innermost to the line that it points to, and the user's own further out.
 *
 * Runs in: the command. Pure. Single-threaded. What is matched is untrusted text.
 */
#ifndef SCOPETRACE_POLICY_SUPPRESSIONS_H
#define SCOPETRACE_POLICY_SUPPRESSIONS_H

#include "analyzer/core/report.h"

struct suppressions;

struct suppressions *suppressions_new(void);
void suppressions_free(struct suppressions *suppressions);

/* Adds the entries of a file's text; name is the file's, for messages. FALSE and error: "name:line: what". */
gboolean suppressions_parse(struct suppressions *suppressions, const char *name, const char *text, GError **error);

/* The title of the first entry that fits, which counts the hit; NULL: none. Borrowed. */
const char *suppressions_match(struct suppressions *suppressions, const struct finding *finding, const char *root);

/* Adds a sentence per entry to remarks (char *): how often it hit, or that it did not. */
void suppressions_report(const struct suppressions *suppressions, GPtrArray *remarks);

/* An entry that fits this finding. Newly allocated. */
char *suppressions_entry_for(const struct finding *finding, const char *root);

#endif
