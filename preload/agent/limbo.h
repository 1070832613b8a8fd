/* SPDX-License-Identifier: MIT */
/*
 * Records of what is dead, kept for a while for what its destruction still calls.
 *
 * Runs in: the target, GIL held. Owns nothing: who puts a record in lets go the one whose place it takes.
 */
#ifndef SCOPETRACE_AGENT_LIMBO_H
#define SCOPETRACE_AGENT_LIMBO_H

#include <stdint.h>

#define LIMBO_PLACES 1024u

/* A ring; all zero: empty. A record whose serial is no longer this one has left by itself. */
struct limbo {
    void *records[LIMBO_PLACES];
    uint64_t serials[LIMBO_PLACES];
    uint32_t next;
};

/* Returns the record whose place it takes, NULL: none, and the serial which that had. */
static inline void *limbo_put(struct limbo *limbo, void *record, uint64_t serial, uint64_t *ret_serial)
{
    uint32_t place = limbo->next++ % LIMBO_PLACES;
    void *displaced = limbo->records[place];

    *ret_serial = limbo->serials[place];
    limbo->records[place] = record;
    limbo->serials[place] = serial;
    return displaced;
}

#endif
