/* SPDX-License-Identifier: MIT */
/*
 * LTTng in a process that forks and closes descriptors.
 *
 * Runs in: the target.
 *
 * Fork. Around it LTTng's locks are taken and given back, in the parent and in the child alike. In the child
 * LTTng then sleeps: no threads, no locks, its descriptors guarded. Most children are about to exec or never
 * see an event loop, and waking LTTng in those costs milliseconds or aborts them. It wakes at the door of the
 * first hook or at the first tick of a loop, in whichever thread that is; then the child is a process of its
 * own to the trace. A child that puts descriptors of its own in the place of LTTng's before that is never
 * traced: waking would close them.
 */
#ifndef SCOPETRACE_AGENT_PROCESS_H
#define SCOPETRACE_AGENT_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "preload/bridge.h"

/* Non-zero in a forked child that has not been announced. */
extern uint32_t process_unannounced;

/* Once per process image, when LTTng has been loaded; entry may be NULL. No GIL needed. */
void process_setup(const struct bridge_entry *entry);

/* GIL held, in a forked child: LTTng wakes, and the agent announces itself. False if that may not be. */
bool process_begin_anew(void);

/* Whether process_begin_anew() is due and may succeed. Any thread, no GIL. */
bool process_is_waiting(void);

/* What bridge_agent promises. */
int process_close_fd(int fd, int (*real_close)(int fd));
bool process_is_own(void);
uint32_t process_own_threads(void);

/* Whether events may be emitted; to be asked before each. One load where nothing forked. GIL held. */
static inline bool process_settle(void)
{
    return __builtin_expect(__atomic_load_n(&process_unannounced, __ATOMIC_RELAXED) == 0, 1) ||
           process_begin_anew();
}

#endif
