/* SPDX-License-Identifier: MIT */
#include "cli/message.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/reports/escape.h"

static int verbosity_chosen;

void message_set_verbosity(int verbosity)
{
    verbosity_chosen = verbosity;
}

/* Of a text in several lines, as LTTng's, the breaks go; the rest is spelled as in reports. */
char *message_line(const char *text)
{
    g_autofree char *one = g_strdelimit(g_strdup(text), "\n\t", ' ');
    GString *line = g_string_new(NULL);
    escape_terminal(line, g_strchomp(one));
    return g_string_free(line, FALSE);
}

char *message_word(const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./+:@%,=";
    return *text && !text[strspn(text, plain)] ? g_strdup(text) : g_shell_quote(text);
}

/* One write(), so that lines of the program and ours do not mix. */
static G_GNUC_PRINTF(1, 0) void say(const char *format, va_list arguments)
{
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    g_autofree char *line = message_line(text);
    g_autofree char *whole = g_strdup_printf("scopetrace: %s\n", line);
    /* A closed stderr leaves nobody to tell. */
    if (write(STDERR_FILENO, whole, strlen(whole)) < 0)
        return;
}

#define SAY_FROM(least, format)                                                                                   \
    do {                                                                                                          \
        va_list arguments;                                                                                        \
        va_start(arguments, format);                                                                              \
        if (verbosity_chosen >= (least))                                                                          \
            say(format, arguments);                                                                               \
        va_end(arguments);                                                                                        \
    } while (0)

void message_error(const char *format, ...)
{
    SAY_FROM(-1, format);
}

void message_notice(const char *format, ...)
{
    SAY_FROM(0, format);
}

void message_detail(const char *format, ...)
{
    SAY_FROM(1, format);
}
