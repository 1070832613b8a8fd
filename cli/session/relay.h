/* SPDX-License-Identifier: MIT */
/*
 * The relay daemon (lttng-relayd) that a session streams to: its URL, whether it is there, and whether it still
 * is.
 *
 * Runs in: the command and its session keeper. No thread, no wait without a limit.
 */
#ifndef SCOPETRACE_SESSION_RELAY_H
#define SCOPETRACE_SESSION_RELAY_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct relay {
    char *url;              /* as the user gave it */
    char *host;             /* of it */
    char *address;          /* numeric; NULL before relay_reach() */
    char *path;             /* below the host's folder at the relay: "" or "PATH/" */
    uint16_t control, data; /* ports */
    bool v6;
};

/* net://HOST[:CONTROL-PORT[:DATA-PORT]][/PATH], net6:// likewise. NULL and error when it is none. */
struct relay *relay_parse(const char *url, GError **error);
/* NULL is accepted. */
void relay_free(struct relay *relay);

/* Looks the host up, and connects with both ports for a try. Waits some seconds at most. */
gboolean relay_reach(struct relay *relay, GError **error);

/* What liblttng-ctl takes for a session of this name. To be freed. */
char *relay_session_url(const struct relay *relay, const char *name);

/* A connection with the reached relay that says nothing; it ends with the relay, or when the network is gone for
 * some seconds. -1: none. Not inherited by programs. */
int relay_watch(const struct relay *relay);
/* Whether that connection is still there. */
bool relay_is_there(int connection);

#endif
