/* SPDX-License-Identifier: MIT */
/*
 * Stands between libbabeltrace2 and a relay daemon, and changes one number on the way: the library (2.0, 2.1)
 * attaches to a session at its newest packet, and without what came before, a trace has no frames, and tasks
 * without a past. Through this it attaches at the beginning.
 *
 * Runs in: the command; has threads of its own, which take no signals.
 */
#ifndef SCOPETRACE_SOURCES_VIEWER_PROXY_H
#define SCOPETRACE_SOURCES_VIEWER_PROXY_H

#include <glib.h>

struct viewer_proxy;

/* host: a name or address, without brackets; family: of socket(), 0 for any. Connects with the relay for a try, so
 * that NULL and error say why that cannot be done. */
struct viewer_proxy *viewer_proxy_start(const char *host, const char *port, int family, GError **error);

/* Of the loopback interface (127.0.0.1). */
unsigned viewer_proxy_port(const struct viewer_proxy *proxy);

/* Ends all connections, for good. Async-signal-safe. */
void viewer_proxy_cut(const struct viewer_proxy *proxy);

/* NULL is accepted. */
void viewer_proxy_stop(struct viewer_proxy *proxy);

#endif
