/* SPDX-License-Identifier: MIT */
/*
 * Where something happened: which frame of a stack to point to, and which file it is in.
 *
 * Runs in: the command. Pure. Results are as untrusted as the trace: unescaped.
 */
#ifndef SCOPETRACE_CORE_PLACE_H
#define SCOPETRACE_CORE_PLACE_H

#include "analyzer/core/report.h"

/* How many frames, from the innermost on, were called by the event loop: what is further out only runs the loop
 * and says nothing about what happened. All of them when there is no loop. */
uint32_t place_frames_in_loop(const struct stack *stack);

/* Whether the event loop itself made the call: Task.cancel was the callback (call_later(1, task.cancel)), and no
 * line of the program's own has called it. */
bool place_is_callback(const struct stack *stack);

/* The innermost frame of the user's own code within the loop, else of a library's that uses scopes, else the
 * innermost; NULL: no moment, or one without a stack. */
const struct stack_frame *place_of_moment(const struct moment *moment);

/* The line that a finding is pinned to: where its scope was entered, else where the request was raised, else
 * where the scope was left; the user's own code if any of them is. NULL: unknown. */
const struct stack_frame *place_of_finding(const struct finding *finding);

/* The path relative to root when it is below it (root NULL: never), else absolute where the process's folder tells
 * how; what is no file ("<string>") as it is, "?" when there is none. Newly allocated. */
char *place_relative(const char *file, const struct report_process *process, const char *root);

/* A package of that version lies there. A folder with the metadata of packages in it (pip install --target) holds
 * what was installed, as site-packages does, unless the program works in it, too. */
void place_add_install(struct report_process *process, const char *version, const char *location,
                       const char *root);
/* What follows such a folder; NULL: it lies in none. */
const char *place_after_install(const struct report_process *process, const char *path);

/* The part of an absolute path that is the same on another machine: what follows site-packages/, the standard
 * library's folder, or the folder that holds a package of the process. Within path; NULL: none of these. */
const char *place_library_part(const char *path, enum frame_origin origin, const struct report_process *process);

/* The module that the frame's file is, as it is imported: "anyio.abc", "app.backend" for src/app/backend.py below
 * root. "?" when there is no file. Newly allocated. */
char *place_module(const struct stack_frame *frame, const struct report_process *process, const char *root);

#endif
