/* SPDX-License-Identifier: MIT */
#include "cli/session/patience.h"

#include <stdio.h>
#include <string.h>

/* Who works in circles is waited for no longer than so many terms. */
#define TERMS 6

/* Clock ticks that this process has used, if it is one of the group. Who is running or waits for a disk is at work
 * though that may not show yet: `now` differs from look to look. */
static guint64 work_of(const char *pid, pid_t group, guint64 now)
{
    g_autofree char *path = g_build_filename("/proc", pid, "stat", NULL);
    g_autofree char *text = NULL;
    unsigned long user, system;
    char state;
    int its_group;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return 0;
    /* The name, in parentheses, may hold anything: the rest follows its last one. */
    const char *rest = strrchr(text, ')');
    if (!rest ||
        sscanf(rest, ") %c %*d %d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &state, &its_group, &user, &system) !=
            4 ||
        its_group != group)
        return 0;
    return user + system + (strchr("RD", state) ? now : 0);
}

static guint64 work_of_group(pid_t group)
{
    const guint64 now = (guint64)g_get_monotonic_time();
    g_autoptr(GDir) processes = group > 0 ? g_dir_open("/proc", 0, NULL) : NULL;
    guint64 work = 0;
    for (const char *name; processes && (name = g_dir_read_name(processes));)
        if (g_ascii_isdigit(*name))
            work += work_of(name, group, now);
    return work;
}

struct patience patience_begin(pid_t group, unsigned milliseconds)
{
    const gint64 now = g_get_monotonic_time(), term = (gint64)milliseconds * 1000;
    const struct patience patience = {.group = group,
                                      .term_us = term,
                                      .until_us = now + term,
                                      .end_us = now + TERMS * term,
                                      .work = work_of_group(group)};
    return patience;
}

bool patience_lasts(struct patience *patience)
{
    const gint64 now = g_get_monotonic_time();
    if (now < patience->until_us)
        return true;
    const guint64 work = work_of_group(patience->group);
    if (work == patience->work || now >= patience->end_us)
        return false;
    patience->work = work;
    patience->until_us = now + patience->term_us;
    return true;
}
