/* SPDX-License-Identifier: MIT */
#include "cli/error.h"

#include <stdarg.h>
#include <string.h>

GQuark cli_error_quark(void)
{
    return g_quark_from_static_string("scopetrace-cli");
}

gboolean cli_fail(GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (error)
        *error = g_error_new_valist(cli_error_quark(), CLI_ERROR_FAILED, format, arguments);
    va_end(arguments);
    return FALSE;
}

/* "PERROR - 01:11:46.299993239 [26084/26084]: … (in copy_file() at lttng-crash.c:347)" */
char *cli_said_by_lttng(const char *line)
{
    const char *level = strstr(line, " - "), *place = level ? strstr(level, "]: ") : NULL;
    const char *text = place && strchr(line, '[') < place ? place + strlen("]: ") : line;
    const char *end = g_strrstr(text, " (in ");
    return g_strstrip(g_strndup(text, end ? (gsize)(end - text) : strlen(text)));
}
