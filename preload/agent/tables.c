/* SPDX-License-Identifier: MIT */
#include "preload/agent/tables.h"

#include "preload/agent/identity.h"
#include "preload/agent/interpreter.h"
#include "preload/agent/process.h"
#include "preload/agent/providers/provider.h"
#include "preload/agent/raised.h"
#include "preload/agent/recording.h"
#include "preload/agent/trace_tree.h"

_Static_assert(sizeof(TABLES_MAGIC) == TABLES_MAGIC_BYTES, "the magic number fills its place");
_Static_assert(sizeof(recording_armed) == sizeof(uint8_t), "armed is one byte");

/* Exported: a debugger finds it by its name. */
__attribute__((visibility("default"))) extern struct tables_root scopetrace_agent_tables;

__attribute__((aligned(TABLES_MAGIC_BYTES))) struct tables_root scopetrace_agent_tables = {
    .magic = TABLES_MAGIC,
    .self = &scopetrace_agent_tables,
    .version = TABLES_VERSION,
    .kinds = TABLES_KINDS,
    .tool = SCOPETRACE_VERSION,
    .lists = {[TABLES_TASKS] = &identity_task_table,
              [TABLES_SCOPES] = &identity_scope_table,
              [TABLES_REQUESTS] = &raised_table,
              [TABLES_NODES] = &trace_tree_node_table,
              [TABLES_CODES] = &trace_tree_code_table,
              [TABLES_PROVIDERS] = &provider_table_of_states,
              [TABLES_RUNTIME] = &interpreter_table},
    .recording = &recording_since,
    .unannounced = &process_unannounced,
    .armed = (const uint8_t *)&recording_armed,
    .nodes_given_up = &trace_tree_given_up};

void tables_bind(const uint32_t *pid, const uint32_t *events, const int *enabled)
{
    scopetrace_agent_tables.pid = pid;
    scopetrace_agent_tables.events = events;
    scopetrace_agent_tables.enabled = enabled;
}
