/* SPDX-License-Identifier: MIT */
/*
 * LTTng in a process that forks and closes descriptors.
 *
 * Runs in: the target.
 *
 * Fork. Before it, LTTng's locks are taken; in the parent they are given back. In the child LTTng stays as it
 * is, locked and without threads, until something will be traced there: most children are about to exec, and
 * waking LTTng in those makes them abort. It begins anew when Python says that the child goes on (its
 * after-fork hooks), or at the first emission.
 */
#ifndef SCOPETRACE_AGENT_PROCESS_H
#define SCOPETRACE_AGENT_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "preload/bridge.h"

/* Non-zero in a forked child in which LTTng has not begun anew. */
extern uint32_t process_forked;

/* Once per process image, when LTTng has been loaded; entry may be NULL. No GIL needed. */
void process_setup(const struct bridge_entry *entry);

/* GIL held: asks Python to call us in forked children. Raises nothing. Only where the hooks are armed. */
void process_follow_forks(void);

/* GIL held, in a forked child: LTTng begins anew, and the agent announces itself. */
void process_begin_anew(void);

/* What bridge_agent promises. */
int process_close_fd(int fd, int (*real_close)(int fd));
uint32_t process_own_threads(void);

/* To be called before each event: one load where nothing forked. GIL held. */
static inline void process_settle(void)
{
    if (__builtin_expect(__atomic_load_n(&process_forked, __ATOMIC_RELAXED) != 0, 0)) {
        process_begin_anew();
    }
}

#endif
