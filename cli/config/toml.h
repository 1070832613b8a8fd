/* SPDX-License-Identifier: MIT */
/*
 * TOML as JSON values. The only file of the project that is C++ is behind it: of the TOML libraries that Debian
 * 12, Debian 13 and Ubuntu 24.04 package, those that are maintained and know TOML 1.0 are written in it.
 *
 * Runs in: the command. Any thread. No exception leaves it.
 */
#ifndef SCOPETRACE_CLI_TOML_H
#define SCOPETRACE_CLI_TOML_H

#include <jansson.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A new object, or NULL with *ret_line and *ret_message (to be released with free()) set. Dates and times become
 * null: nothing here is told by them. */
json_t *toml_read(const char *text, unsigned *ret_line, char **ret_message);

#ifdef __cplusplus
}
#endif

#endif
