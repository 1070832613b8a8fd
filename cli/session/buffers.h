/* SPDX-License-Identifier: MIT */
/*
 * How large the ring buffers are and where they live, decided before the session exists: when /dev/shm is too
 * small every call to LTTng still succeeds and nothing is recorded.
 *
 * Runs in: the command and its session keeper.
 */
#ifndef SCOPETRACE_SESSION_BUFFERS_H
#define SCOPETRACE_SESSION_BUFFERS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct buffers_request {
    bool per_process;      /* one set of buffers per process instead of per user */
    bool generous;         /* room for bursts matters more than memory */
    uint64_t wanted_bytes; /* of a CPU's sub-buffers in all; 0: what leaves enough room to others */
    unsigned sessions;     /* at once, each with buffers of its own; 0 counts as 1 */
    bool own_memory;       /* the daemon can have a /dev/shm of its own for the little that is never on disk */
};

struct buffers {
    uint64_t bytes;  /* of one sub-buffer, a power of two */
    unsigned number; /* of sub-buffers per CPU */
    bool on_disk;    /* in the session's folder (LTTng's shm-path) */
};

#define BUFFERS_MEMORY_FOLDER "/dev/shm"
/* What LTTng keeps in shared memory even when the buffers are on disk. */
#define BUFFERS_LEAST_MEMORY (UINT64_C(128) << 10)
/* Of a CPU's sub-buffers in all: each has a page at least. */
#define BUFFERS_LEAST_WANTED (UINT64_C(32) << 10)

/* What LTTng allocates in all for these buffers, once. */
uint64_t buffers_footprint(const struct buffers *buffers, unsigned cpus);
/* CPUs that may ever come online: LTTng allocates for each. */
unsigned buffers_possible_cpus(void);
/* Bytes that a file in the folder may still grow by; 0 when there is no such folder. */
uint64_t buffers_free_bytes(const char *folder);

/* disk: the folder to fall back to. FALSE and error when neither has room. */
gboolean buffers_plan(const struct buffers_request *request, const char *disk, struct buffers *ret,
                      GError **error);

/* A flight recorder's, of `total` bytes on all CPUs together, or a little less. */
gboolean buffers_plan_ring(uint64_t total, struct buffers *ret, GError **error);
/* What of these a CPU's ring holds. */
uint64_t buffers_ring(const struct buffers *buffers);

/* How to get larger ones than these. Newly allocated. */
char *buffers_advice(const struct buffers *buffers);

#endif
