/* SPDX-License-Identifier: MIT */
/*
 * A flight recorder's turns (struct control_ring): how much this process writes, and whether a quarter of the ring
 * has been written by all since it last announced what is there. What an announcement itself takes does not count:
 * a large one must not call for the next.
 *
 * Runs in: the target, GIL held unless it says otherwise. Without a ring everything here does nothing.
 */
#ifndef SCOPETRACE_AGENT_RING_H
#define SCOPETRACE_AGENT_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "preload/control.h"

/* NULL: there is none. */
void ring_setup(struct control *control);

/* Bytes after which this process tells the others of them; 0: there is no ring. */
extern uint32_t ring_batch;
void ring_note(uint32_t bytes);

/* An event of so many bytes was written. */
static inline void ring_count(uint32_t bytes)
{
    if (__builtin_expect(ring_batch != 0, 0))
        ring_note(bytes);
}

/* Whether a turn has begun since ring_take_turn(). Any thread, no GIL. */
bool ring_has_turned(void);
void ring_take_turn(void);

/* What is announced from now on is, or is not, an announcement: what it takes is counted apart. */
void ring_announce(bool announcing);
/* A new announcement. */
void ring_new_announcement(void);
/* The bytes that it took so far. */
uint32_t ring_announced(void);
/* Whether that is less than one `part`-th of the ring. */
bool ring_has_room(uint32_t part);

/* Non-zero: some bytes were written since it was zero. */
extern uint32_t ring_moved;

#endif
