/* SPDX-License-Identifier: MIT */
/* Who calls the functions that references are pointed at: interposition.c has chosen them. Runs in: the target. */
#include "preload/interposed/caller.h"

#include <stddef.h>

#include "preload/interposed/published.h"

/* Of the calls that ask this, only the loops that are known have their references pointed here. */
bool caller_is_known(const void *return_address)
{
    (void)return_address;
    return true;
}

void caller_makes_loop(const void *return_address)
{
    const struct bridge_agent *agent = published_agent();
    (void)return_address;
    if (agent != NULL) {
        agent->loop_begins();
    }
}
