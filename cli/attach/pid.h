/* SPDX-License-Identifier: MIT */
/* Numbers that users type: a process, a time. Runs in: the command. */
#ifndef SCOPETRACE_ATTACH_PID_H
#define SCOPETRACE_ATTACH_PID_H

#include <glib.h>
#include <sys/types.h>

/* 0 and error when text is no number of a process. */
pid_t pid_parse(const char *text, GError **error);

/* "20", "90s", "5m", "1h", "500ms" in microseconds. FALSE and error. */
gboolean duration_parse(const char *text, gint64 *ret_us, GError **error);

#endif
