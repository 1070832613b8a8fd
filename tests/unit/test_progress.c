/* SPDX-License-Identifier: MIT */
/* The line about a long reading, in terminals of any width. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/progress.h"

/* GLib's clock, as the code that is tested has it: an hour at each look. */
static gint64 now_us;

gint64 g_get_monotonic_time(void)
{
    return now_us += G_TIME_SPAN_HOUR;
}

/* What a terminal of so many columns is given on standard error. */
static void drawn_at(unsigned short columns, char *ret_text, size_t size)
{
    struct source_notes notes = {.begin_ns = 1, .end_ns = 1000};
    const struct event event = {.time_ns = 500};
    const struct winsize window = {.ws_row = 24, .ws_col = columns};
    const int terminal = posix_openpt(O_RDWR | O_NOCTTY), kept = dup(STDERR_FILENO);
    assert_true(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
    const int screen = open(ptsname(terminal), O_RDWR | O_NOCTTY);
    assert_true(screen >= 0 && ioctl(screen, TIOCSWINSZ, &window) == 0);
    dup2(screen, STDERR_FILENO);
    struct progress *progress = progress_new(&notes);
    for (int i = 0; i < 1 << 15; i++)
        progress_step(progress, &event);
    progress_free(progress);
    dup2(kept, STDERR_FILENO);
    const ssize_t got = read(terminal, ret_text, size - 1);
    assert_true(got > 0);
    ret_text[got] = '\0';
    close(screen), close(terminal), close(kept);
}

static void the_line_fits(void **state)
{
    (void)state;
    static const struct {
        unsigned short columns;
        const char *text;
    } cases[] = {
        {100, "\r\033[K0.0 million events read, 0.00 million a second, about 3607 s left\r\033[K"},
        {80, "\r\033[K0.0 million events read, 0.00 million a second, about 3607 s left\r\033[K"},
        {60, "\r\033[K0.0 million events read, 0.00 million a second, about 3607 \r\033[K"},
        {1, "\r\033[K\r\033[K"},
    };
    setenv("TERM", "xterm", 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[256];
        drawn_at(cases[i].columns, text, sizeof text);
        assert_string_equal(text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_line_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
