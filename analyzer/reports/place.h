/* SPDX-License-Identifier: MIT */
/*
 * Where something happened, as reports point to it: which frame of a stack, and how its path is written.
 *
 * Runs in: the command. Results are as untrusted as the trace: unescaped.
 */
#ifndef SCOPETRACE_REPORTS_PLACE_H
#define SCOPETRACE_REPORTS_PLACE_H

#include "analyzer/reports/format.h"

/* How many frames, from the innermost on, were called by the event loop: what is further out only runs the loop
 * and says nothing about what happened. All of them when there is no loop. */
uint32_t place_frames_in_loop(const struct stack *stack);

/* The innermost frame of the user's own code within the loop, else the innermost; NULL: no stack. */
const struct stack_frame *place_of_stack(const struct stack *stack);
const struct stack_frame *place_of_moment(const struct moment *moment);

/* The line that a finding is pinned to: where its scope was entered, else where the request was raised, else
 * where the scope was left; the user's own code if any of them is. NULL: unknown. */
const struct stack_frame *place_of_finding(const struct finding *finding);

/* The path relative to style->root when it is below it, else absolute where the process's folder tells how.
 * Newly allocated. */
char *place_path(const struct stack_frame *frame, const struct report_process *process,
                 const struct report_style *style);

/* The same for people: of a library's file what follows site-packages, of the standard library's what follows
 * its folder; with style->verbosity > 0 the whole. Newly allocated. */
char *place_short_path(const struct stack_frame *frame, const struct report_process *process,
                       const struct report_style *style);

#endif
