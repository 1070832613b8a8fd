/* SPDX-License-Identifier: MIT */
/*
 * What an interpreter says of itself: the `runtime` event.
 *
 * Runs in: the target, GIL held, inside py_work_begin/end.
 */
#ifndef SCOPETRACE_AGENT_INTERPRETER_H
#define SCOPETRACE_AGENT_INTERPRETER_H

#include <stdbool.h>

#include "preload/tables.h"

/* Emits `runtime` with state RUNTIME_TRACED. again: nothing was missed since it last did. */
void interpreter_announce(bool statedump, bool again);

/* What was announced. */
extern struct tables_list interpreter_table;

#endif
