/* SPDX-License-Identifier: MIT */
#include "cli/message.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

static int verbosity_chosen;

void message_set_verbosity(int verbosity)
{
    verbosity_chosen = verbosity;
}

char *message_line(const char *text)
{
    char *line = g_utf8_make_valid(text, -1);
    for (char *at = line; *at; at = g_utf8_next_char(at)) {
        const gunichar character = g_utf8_get_char(at);
        if (character < 0x20 || character == 0x7f)
            *at = character == '\n' || character == '\t' ? ' ' : '?';
        else if (character >= 0x80 && character < 0xa0)
            at[0] = at[1] = '?'; /* C1 controls are two bytes long */
    }
    return g_strchomp(line);
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
