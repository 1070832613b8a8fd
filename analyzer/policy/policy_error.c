/* SPDX-License-Identifier: MIT */
#include "analyzer/policy/policy_error.h"

#include <stdarg.h>

gboolean policy_fail(GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error_literal(error, g_quark_from_static_string("scopetrace-policy"), 0, text);
    return FALSE;
}
