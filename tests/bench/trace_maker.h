/* SPDX-License-Identifier: MIT */
/*
 * Writes CTF traces of any length with the events of a busy server: many tasks that enter and leave scopes, of
 * which few are cancelled. The same shape gives the same trace.
 *
 * Runs in: the benchmarks. Failures end the program.
 */
#ifndef SCOPETRACE_TESTS_TRACE_MAKER_H
#define SCOPETRACE_TESTS_TRACE_MAKER_H

#include <stdint.h>

struct trace_shape {
    uint64_t events;    /* about so many */
    uint32_t tasks;     /* alive at once, in each process */
    uint32_t depth;     /* scopes are nested up to so deep */
    uint32_t lifetime;  /* scopes that a task enters before it ends; 0: it never ends */
    uint32_t processes; /* they take turns */
    uint32_t streams;   /* as a session has one per processor */
};

/* What a server looks like. */
extern const struct trace_shape trace_shape_usual;

/* Makes the folder, which must not be there. Returns how many events the trace has. */
uint64_t trace_make(const char *folder, const struct trace_shape *shape);

#endif
