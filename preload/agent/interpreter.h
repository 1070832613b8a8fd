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

/* Emits `runtime` with state RUNTIME_TRACED. */
void interpreter_announce(bool statedump);

/* What was announced. */
extern struct tables_list interpreter_table;

#endif
