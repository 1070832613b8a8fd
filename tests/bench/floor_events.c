/* SPDX-License-Identifier: MIT */
/* The module of bench_floor: the events of scopes that are entered and left, as the agent emits them. */
#include <math.h>
#include <stdint.h>

#include "tracepoints/record.h"

__attribute__((visibility("default"))) void floor_emit_pairs(uint64_t pairs);

void floor_emit_pairs(uint64_t pairs)
{
    struct st_scope_enter enter = {.common = {.pid = 1, .tid = 1, .tick = 1},
                                   .entry = 1,
                                   .provider = 1,
                                   .stack = 1,
                                   .task = 1,
                                   .deadline = INFINITY};
    struct st_scope_exit leave = {.common = enter.common, .entry = 1, .task = 1, .raised = ""};

    for (uint64_t i = 0; i < pairs; i++) {
        enter.common.seq++;
        enter.scope = leave.scope = i;
        record_scope_enter(&enter);
        leave.common.seq = enter.common.seq;
        record_scope_exit(&leave);
    }
}
