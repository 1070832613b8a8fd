/* SPDX-License-Identifier: MIT */
#include "cli/progress.h"

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/terminal.h"

enum {
    EVENTS_A_LOOK = 1 << 15, /* between two looks at the clock */
    QUIET_US = 2000000,
    REDRAW_US = 250000,
};

struct progress {
    const struct source_notes *notes;
    gint64 begun_us, drawn_us;
    uint64_t events;
    bool drawn;
};

struct progress *progress_new(struct source_notes *notes)
{
    if (!terminal_obeys(STDERR_FILENO))
        return NULL;
    struct progress *progress = g_new0(struct progress, 1);
    notes->wants_range = TRUE;
    progress->notes = notes;
    progress->begun_us = g_get_monotonic_time();
    return progress;
}

void progress_free(struct progress *progress)
{
    if (progress && progress->drawn)
        fputs("\r\033[K", stderr);
    g_free(progress);
}

/* Between 0 and 1: by the time that the events tell; 0: unknown. */
static double part_done(const struct source_notes *notes, uint64_t now_ns)
{
    if (now_ns <= notes->begin_ns || notes->end_ns <= notes->begin_ns)
        return 0;
    double part = (double)(now_ns - notes->begin_ns) / (double)(notes->end_ns - notes->begin_ns);
    return MIN(part, 1);
}

static void draw(struct progress *progress, uint64_t now_ns, double seconds)
{
    double done = part_done(progress->notes, now_ns), millions = (double)progress->events / 1e6;
    g_autoptr(GString) line = g_string_new(NULL);
    g_string_append_printf(line, "%.1f million events read, %.2f million a second", millions, millions / seconds);
    if (done > 0)
        g_string_append_printf(line, ", about %.0f s left", seconds * (1 - done) / done);
    /* A line that wraps could not be drawn over, nor taken away. */
    fprintf(stderr, "\r\033[K%.*s", (int)terminal_width(STDERR_FILENO) - 1, line->str);
    fflush(stderr);
    progress->drawn = true;
}

void progress_step(struct progress *progress, const struct event *event)
{
    if (!progress || ++progress->events % EVENTS_A_LOOK)
        return;
    gint64 now_us = g_get_monotonic_time(), elapsed_us = now_us - progress->begun_us;
    if (elapsed_us < QUIET_US || now_us - progress->drawn_us < REDRAW_US)
        return;
    progress->drawn_us = now_us;
    draw(progress, event->time_ns, (double)elapsed_us / 1e6);
}
