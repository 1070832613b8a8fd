/* SPDX-License-Identifier: MIT */
/*
 * Where the interpreter keeps what a reader of its frames needs.
 *
 * From 3.13 on the interpreter says so itself, for readers from outside (`_Py_DebugOffsets`). 3.11 and 3.12 do
 * not: there it is as in every one of their releases, and is believed only where a frame object, which the program
 * would get, leads to the same frame.
 *
 * Runs in: the target, GIL held.
 */
#ifndef SCOPETRACE_AGENT_FRAME_PLACES_H
#define SCOPETRACE_AGENT_FRAME_PLACES_H

#include "preload/agent/python_api.h"

/* Offsets in bytes. Until 3.12 a thread's state points to something that points to the innermost frame. */
struct frame_places {
    uint64_t current_frame;   /* in a thread's state */
    uint64_t in_current;      /* until 3.12: in what that points to */
    uint64_t previous, owner; /* in a frame */
    uint64_t code, last;      /* likewise, until 3.12: its code, the instruction that ran last */
    uint64_t bytecode;        /* in a code object */
    bool through;             /* until 3.12 */
};

/* Of this interpreter, so far as it can be known without looking at a frame. */
bool frame_places_find(struct frame_places *ret_places);

/* Whether the calling thread's innermost frame is where they say. Of that it reads nothing before a frame object
 * has led to the same place; of the thread's state what has its place in the headers that programs are built with.
 */
bool frame_places_fit(const struct frame_places *places);

/* What is kept there. */
static inline void *frame_places_pointer(const void *object, uint64_t offset)
{
    void *pointer;

    __builtin_memcpy(&pointer, (const char *)object + offset, sizeof(pointer));
    return pointer;
}

/* The calling thread's innermost frame; NULL: none. */
static inline void *frame_places_innermost(const struct frame_places *places)
{
    void *found = frame_places_pointer(PyThreadState_Get(), places->current_frame);

    return places->through ? frame_places_pointer(found, places->in_current) : found;
}

#endif
