/* SPDX-License-Identifier: MIT */
/*
 * Sessions that go on: read from a relay daemon while they are recorded (LTTng live).
 *
 * Runs in: the command. Single-threaded. Calls wait for the relay without a limit: whoever is on the other side
 * of the connection ends it (viewer_proxy.h).
 */
#ifndef SCOPETRACE_BABELTRACE_LIVE_H
#define SCOPETRACE_BABELTRACE_LIVE_H

#include "analyzer/sources/babeltrace/babeltrace.h"

struct live_session {
    char *host, *name, *url;
    uint64_t timer_us; /* how often it sends something */
    uint64_t viewers;  /* already attached: one more is refused */
};

/* The sessions that a relay (net://HOST[:PORT]) has now, struct live_session *. NULL and error when it does not
 * answer. */
GPtrArray *live_sessions(struct babeltrace *babeltrace, const char *relay, GError **error);

struct live_reader;

/* name: what people call it. NULL and error. The client is borrowed. */
struct live_reader *live_open(struct babeltrace *babeltrace, const char *session_url, const char *name,
                              struct babeltrace_client *client, GError **error);
/* NULL is accepted. */
void live_close(struct live_reader *reader);

enum live_turn {
    LIVE_MORE,   /* events may have been delivered, and there are more */
    LIVE_IDLE,   /* not now */
    LIVE_OVER,   /* the session has ended */
    LIVE_FAILED, /* error is set */
};
enum live_turn live_turn(struct live_reader *reader, GError **error);

#endif
