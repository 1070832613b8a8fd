/* SPDX-License-Identifier: MIT */
#include "cli/error.h"

#include <stdarg.h>

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
