/* SPDX-License-Identifier: MIT */
#include "cli/attach/pid.h"

#include <string.h>

#include "cli/error.h"
#include "cli/message.h"

pid_t pid_parse(const char *text, GError **error)
{
    guint64 number;
    if (g_ascii_string_to_unsigned(text, 10, 1, G_MAXINT32, &number, NULL))
        return (pid_t)number;
    g_autofree char *word = message_word(text);
    cli_fail(error, "%s: not the number of a process; give its PID, as pgrep -f %s prints it", text, word);
    return 0;
}

gboolean duration_parse(const char *text, gint64 *ret_us, GError **error)
{
    static const struct {
        const char *name;
        double us;
    } units[] = {{"", 1e6}, {"s", 1e6}, {"ms", 1e3}, {"m", 60e6}, {"min", 60e6}, {"h", 3600e6}};
    char *end;
    double number = g_ascii_strtod(text, &end);
    for (gsize index = 0; index < G_N_ELEMENTS(units) && end != text; index++)
        if (strcmp(end, units[index].name) == 0 && number >= 0 && number * units[index].us < 1e18) {
            *ret_us = (gint64)(number * units[index].us);
            return TRUE;
        }
    return cli_fail(error, "--duration: %s is no time; write 20, 90s, 5m or 500ms", text);
}
