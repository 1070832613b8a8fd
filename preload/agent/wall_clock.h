/* SPDX-License-Identifier: MIT */
/* The time of day. Runs in: the target. */
#ifndef SCOPETRACE_AGENT_WALL_CLOCK_H
#define SCOPETRACE_AGENT_WALL_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds since the epoch. */
static inline uint64_t wall_clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

#endif
