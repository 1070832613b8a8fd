/* SPDX-License-Identifier: MIT */
/*
 * How the agent is started, and what it gives to who calls it afterwards: the entry, or, after an attach, the
 * functions that are put in libc's place (interposition.h).
 *
 * Runs in: the target.
 */
#ifndef SCOPETRACE_AGENT_START_H
#define SCOPETRACE_AGENT_START_H

#include "preload/bridge.h"

/* See bridge_start_fn. Exported. */
__attribute__((visibility("default"))) int scopetrace_agent_start(const struct bridge_entry *entry,
                                                                  struct bridge_agent *ret_agent);

/* To be used from process_setup() on, started or not. */
struct bridge_agent start_offer(void);

#endif
