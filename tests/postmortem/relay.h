/* SPDX-License-Identifier: MIT */
/*
 * A relay daemon of the test's own, on free ports of the loopback, and what arrived at it.
 *
 * Runs in: the tests.
 */
#ifndef SCOPETRACE_TESTS_POSTMORTEM_RELAY_H
#define SCOPETRACE_TESTS_POSTMORTEM_RELAY_H

#include "tests/postmortem/support.h"

struct relay_daemon {
    pid_t pid;
    char *folder; /* what it writes to */
    char *url;    /* for --stream */
    char *live;   /* for viewers */
};

/* It listens. Skips the test (status 77 of the program) when there is no lttng-relayd. */
struct relay_daemon relay_start(void);
/* Ends it by this signal, and waits. */
void relay_kill(struct relay_daemon *relay, int number);
/* Ends it if it runs, and removes what arrived. */
void relay_clear(struct relay_daemon *relay);

/* Waits until the report on all that arrived has at least so many tasks. Returns it: to be unreferenced. */
json_t *relay_await_tasks(const struct relay_daemon *relay, json_int_t tasks);

#endif
