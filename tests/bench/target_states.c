/* SPDX-License-Identifier: MIT */
/* The states in which ./dev bench target runs each workload, in this order. */
#include "tests/bench/target_run.h"

#define PEERS SOURCE_DIRECTORY "/tests/bench/peers/"
#define RECORD COMMAND, "record", "-q", "-o", "%"

const struct target_state target_states[] = {
    [TARGET_PLAIN] = {.name = "plain"},
    {.name = "preloaded, no session", .variable = "LD_PRELOAD", .value = PRELOAD},
    [TARGET_ALL] = {.name = "recording all", .before = {RECORD, "--scopes=all", "--"}},
    {.name = "recording lazy", .before = {RECORD, "--scopes=lazy", "--"}},
    {.name = "flight recorder, lazy", .before = {RECORD, "--scopes=lazy", "--flight-recorder=16M", "--"}},
    {.name = "all, `--native`", .before = {RECORD, "--scopes=all", "--native", "--"}},
    {.name = "`PYTHONASYNCIODEBUG=1`", .variable = "PYTHONASYNCIODEBUG", .value = "1", .is_peer = true},
    {.name = "methods patched", .after = {PEERS "patches.py"}, .is_peer = true},
    {.name = "methods patched, stacks", .after = {PEERS "patches.py", "--stacks"}, .is_peer = true},
    {.name = "LTTng's Python agent",
     .before = {PEERS "lttng_session", "%"},
     .after = {PEERS "lttng_agent.py"},
     .is_peer = true},
    {.name = "viztracer",
     .after = {"-m", "viztracer", "--ignore_multiprocess", "--tracer_entries", "100000", "-o", "%.json", "--"},
     .is_peer = true},
    {.name = "`sys.setprofile` logger", .after = {PEERS "profile.py"}, .is_peer = true},
    {.name = "`sys.monitoring` logger", .after = {PEERS "monitoring.py"}, .is_peer = true, .since = 12},
};
const size_t target_state_count = G_N_ELEMENTS(target_states);
