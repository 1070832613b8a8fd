/* SPDX-License-Identifier: MIT */
/*
 * libbabeltrace2 does not survive every damaged trace: it aborts, reads where nothing is, asks for all memory, or
 * does not come back. So the work on traces that others made is done in a child process, which says where the
 * library is. When the library takes the child down, the work is done again up to that place: what could be read
 * is reported, and the rest is told.
 *
 * Runs in: the command, single-threaded. Functions that take a guard accept NULL: no guard.
 */
#ifndef SCOPETRACE_SOURCES_GUARD_H
#define SCOPETRACE_SOURCES_GUARD_H

#include <glib.h>
#include <stdint.h>

struct guard;

/* NULL: no memory to share, then there is no guard. */
struct guard *guard_new(void);
void guard_free(struct guard *guard);

/* Does the work in a child process, several times if need be. Returns what work returned (0 … 255), or the
 * negative number of the signal that killed the child while it was not in the library. SIGINT, SIGTERM, SIGHUP and
 * SIGQUIT go to the child meanwhile, unless they were handled before. Must be called before there are threads. */
int guard_run(struct guard *guard, int (*work)(struct guard *guard, void *context), void *context);

/* Whether the child of the last run died because it wanted more memory than half of the machine's. */
gboolean guard_starved(const struct guard *guard);

/* Whether the last run met something that the library did not survive. */
gboolean guard_avoids(const struct guard *guard);

/* In the child, around each call of the library that looks at the trace. FALSE: it died of this call before, and
 * must not be asked. The calls that open are the same in each attempt, up to the one that killed; of a stream that
 * kills, no more is read from that turn on. */
gboolean guard_enter_opening(struct guard *guard);
gboolean guard_enter_reading(struct guard *guard, uint32_t stream, uint64_t turn);
void guard_leave(struct guard *guard);
/* Whether the library is at work. In a handler of signals, too. */
gboolean guard_is_inside(const struct guard *guard);

/* In the child, around the time when several threads read at once, and nobody can say where the library is. If it
 * dies then, next time one thread must read, and say where it is. */
gboolean guard_may_read_together(const struct guard *guard);
void guard_enter_together(struct guard *guard);
/* From any of these threads, now and then: the library still comes back. */
void guard_alive(struct guard *guard);

/* A folder for what the work wants to keep while it lasts; made when it is not there, and removed with all that is
 * in it by guard_run(), also when the child died; when both were killed, by a later guard_run(). NULL: none can be
 * made. */
const char *guard_folder(struct guard *guard);

#endif
