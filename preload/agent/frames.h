/* SPDX-License-Identifier: MIT */
/*
 * The Python frames that run on this thread, innermost first. Where it is known how the interpreter links its
 * frames, no frame object is made for it.
 *
 * Runs in: the target, GIL held.
 */
#ifndef SCOPETRACE_AGENT_FRAMES_H
#define SCOPETRACE_AGENT_FRAMES_H

#include "preload/agent/python_api.h"

struct frames {
    void *next; /* a PyFrameObject, owned, or the interpreter's own, borrowed; NULL: no more */
};

/* Finds out which way there is: from Python code, as what it says is compared with what frame objects say. */
void frames_setup(void);

void frames_begin(struct frames *walk);
/* The next frame's code (borrowed, as long as the frame is on the stack) and the offset in it of the instruction
 * that runs, in bytes. false: no more. */
bool frames_next(struct frames *walk, PyObject **ret_code, int *ret_instruction);
/* Also before the last one. */
void frames_end(struct frames *walk);

/* The same of the innermost alone. */
bool frames_innermost(PyObject **ret_code, int *ret_instruction);

#endif
