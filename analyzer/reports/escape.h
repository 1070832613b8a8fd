/* SPDX-License-Identifier: MIT */
/*
 * Makes untrusted text harmless, once per purpose. The text comes from the traced program and may hold any
 * bytes but NUL: control characters, escape sequences, broken UTF-8, text that turns its direction.
 *
 * Runs in: the command. Pure. Each function appends to `out` and takes NULL for "".
 */
#ifndef SCOPETRACE_REPORTS_ESCAPE_H
#define SCOPETRACE_REPORTS_ESCAPE_H

#include <glib.h>

/* For a terminal: one line; whatever is not plainly visible is spelled (\n, \x1b, \u202e). */
void escape_terminal(GString *out, const char *text);

/* For XML 1.0 text and quoted attributes; characters that XML cannot hold are spelled. Line ends stay. */
void escape_xml(GString *out, const char *text);

/* For Markdown outside of code: shown as it is, on one line, no markup, no HTML, no mentions. */
void escape_markdown(GString *out, const char *text);

/* For GitHub's workflow commands: the message, and the value of a property such as file=. */
void escape_github_message(GString *out, const char *text);
void escape_github_property(GString *out, const char *text);

/* For JSON: valid UTF-8, the rest is the JSON writer's work. Newly allocated. */
char *escape_utf8(const char *text);

/* For JSON as its writer left it, which escapes only what it must: the same, in which whatever is not plainly
 * visible is escaped, too. Terminals show JSON, and editors. */
void escape_json(GString *out, const char *json);

#endif
