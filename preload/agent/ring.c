/* SPDX-License-Identifier: MIT */
#include "preload/agent/ring.h"

#include <stddef.h>

/* The word that all processes add to must not wander between CPUs at each event. */
#define BATCH_BYTES 4096u
/* Of a small ring. */
#define BATCHES_PER_TURN 4u

uint32_t ring_batch;
uint32_t ring_moved;

static struct {
    struct control_ring *shared;
    uint64_t turn_bytes, next; /* of `written`: at which the next turn begins */
    uint32_t unshared, announced;
    bool announcing;
} ring;

static uint64_t written(void)
{
    return __atomic_load_n(&ring.shared->written, __ATOMIC_RELAXED);
}

void ring_setup(struct control *control)
{
    uint32_t bytes = control != NULL ? control->ring.bytes : 0;
    uint32_t part = bytes / 4 / BATCHES_PER_TURN;

    ring_batch = 0;
    if (part == 0)
        return;
    ring.next = 0; /* another ring's, if there was one */
    ring.unshared = 0;
    ring.shared = &control->ring;
    ring.turn_bytes = bytes / 4;
    ring_batch = part < BATCH_BYTES ? part : BATCH_BYTES;
    ring_take_turn();
}

void ring_note(uint32_t bytes)
{
    if (ring.announcing) {
        ring.announced += bytes;
        return;
    }
    ring.unshared += bytes;
    if (ring.unshared < ring_batch)
        return;
    __atomic_fetch_add(&ring.shared->written, ring.unshared, __ATOMIC_RELAXED);
    ring.unshared = 0;
    ring_moved = 1;
}

bool ring_has_turned(void)
{
    return ring_batch != 0 && written() >= __atomic_load_n(&ring.next, __ATOMIC_RELAXED);
}

void ring_take_turn(void)
{
    if (ring_batch != 0 && written() >= ring.next)
        __atomic_store_n(&ring.next, (written() / ring.turn_bytes + 1) * ring.turn_bytes, __ATOMIC_RELAXED);
}

void ring_announce(bool announcing)
{
    ring.announcing = announcing;
}

void ring_new_announcement(void)
{
    ring.announced = 0;
}

uint32_t ring_announced(void)
{
    return ring.announced;
}

bool ring_has_room(uint32_t part)
{
    return ring_batch == 0 || ring.announced < ring.turn_bytes * 4 / part;
}
