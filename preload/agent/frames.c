/* SPDX-License-Identifier: MIT */
#include "preload/agent/frames.h"

#include <string.h>

#include "preload/agent/frame_places.h"
#include "preload/agent/seldom.h"

/* Who a frame belongs to, as far as it matters: those from the second on stand for C code. */
enum owner { OWNED_BY_GENERATOR = 1, OWNED_BY_INTERPRETER = 3 };

/* Before the bytecode of a code object, in bytes: the first instruction that a tracer hears of. */
#define FIRST_TRACEABLE 16u

static enum { BY_OBJECTS, BY_FUNCTIONS, BY_READING } way;
static struct frame_places places;

/* PyUnstable_InterpreterFrame_GetCode() and its like, by which it is done from 3.13 on. */
static PyObject *(*get_code)(void *frame);
static int (*get_instruction)(void *frame);

/* Its frame has another reference. */
static PyObject *borrow(PyObject *code)
{
    py_drop(code);
    return code;
}

/* ---- frame objects ---- */

static APART bool next_object(struct frames *walk, PyObject **ret_code, int *ret_instruction)
{
    PyFrameObject *frame = walk->next;

    if (!frame)
        return false;
    *ret_code = borrow((PyObject *)PyFrame_GetCode(frame));
    *ret_instruction = PyFrame_GetLasti(frame);
    walk->next = PyFrame_GetBack(frame);
    py_drop((PyObject *)frame);
    return true;
}

static bool innermost_object(PyObject **ret_code, int *ret_instruction)
{
    PyFrameObject *frame = PyEval_GetFrame();

    if (!frame)
        return false;
    *ret_code = borrow((PyObject *)PyFrame_GetCode(frame));
    *ret_instruction = PyFrame_GetLasti(frame);
    return true;
}

/* ---- the interpreter's own ---- */

/* What the functions do. */
static PyObject *read_code(const void *frame, int *ret_instruction)
{
    PyObject *code = frame_places_pointer(frame, places.code);
    const char *last = frame_places_pointer(frame, places.last);

    *ret_instruction = (int)(last - ((const char *)code + places.bytecode));
    return code;
}

/* One that has not begun yet is nothing to a tracer. */
static bool has_begun(const PyObject *code, int instruction, unsigned char owned_by)
{
    int first;

    memcpy(&first, (const char *)code + places.bytecode - FIRST_TRACEABLE, sizeof(first));
    return owned_by == OWNED_BY_GENERATOR || instruction >= first * (int)sizeof(uint16_t);
}

/* The next that stands for a Python function. */
static void *next_frame(struct frames *walk, unsigned char *ret_owned_by)
{
    void *frame;

    while ((frame = walk->next)) {
        *ret_owned_by = *((const unsigned char *)frame + places.owner);
        walk->next = frame_places_pointer(frame, places.previous);
        if (*ret_owned_by < OWNED_BY_INTERPRETER)
            break;
    }
    return frame;
}

static APART bool next_by_functions(struct frames *walk, PyObject **ret_code, int *ret_instruction)
{
    unsigned char owned_by;

    for (void *frame; (frame = next_frame(walk, &owned_by));) {
        *ret_code = borrow(get_code(frame));
        *ret_instruction = get_instruction(frame);
        if (has_begun(*ret_code, *ret_instruction, owned_by))
            return true;
    }
    *ret_code = NULL;
    return false;
}

static bool next_by_reading(struct frames *walk, PyObject **ret_code, int *ret_instruction)
{
    unsigned char owned_by;

    for (const void *frame; (frame = next_frame(walk, &owned_by));) {
        *ret_code = read_code(frame, ret_instruction);
        if (has_begun(*ret_code, *ret_instruction, owned_by))
            return true;
    }
    *ret_code = NULL;
    return false;
}

/* ---- */

void frames_begin(struct frames *walk)
{
    walk->next = way != BY_OBJECTS ? frame_places_innermost(&places) : py_keep((PyObject *)PyEval_GetFrame());
}

OFTEN bool frames_next(struct frames *walk, PyObject **ret_code, int *ret_instruction)
{
    if (way == BY_READING)
        return next_by_reading(walk, ret_code, ret_instruction);
    return way == BY_FUNCTIONS ? next_by_functions(walk, ret_code, ret_instruction)
                               : next_object(walk, ret_code, ret_instruction);
}

void frames_end(struct frames *walk)
{
    if (way == BY_OBJECTS)
        py_drop(walk->next);
}

OFTEN bool frames_innermost(PyObject **ret_code, int *ret_instruction)
{
    struct frames walk;

    if (UNLIKELY(way == BY_OBJECTS))
        return innermost_object(ret_code, ret_instruction);
    frames_begin(&walk);
    return frames_next(&walk, ret_code, ret_instruction);
}

/* ---- which of them ---- */

static bool says_the_same(struct frames *objects, struct frames *own, bool *ret_more)
{
    PyObject *expected = NULL, *code = NULL;
    int expected_at = 0, at = 0;

    *ret_more = next_object(objects, &expected, &expected_at);
    return frames_next(own, &code, &at) == *ret_more && code == expected && at == expected_at;
}

static bool agree(void)
{
    struct frames objects = {py_keep((PyObject *)PyEval_GetFrame())};
    struct frames own = {frame_places_innermost(&places)};
    bool more = true, same = true;

    while (same && more)
        same = says_the_same(&objects, &own, &more);
    py_drop(objects.next);
    return same;
}

void frames_setup(void)
{
    way = BY_OBJECTS;
    if (!frame_places_find(&places) || !frame_places_fit(&places))
        return;
    py_find_symbol(&get_code, "PyUnstable_InterpreterFrame_GetCode");
    py_find_symbol(&get_instruction, "PyUnstable_InterpreterFrame_GetLasti");
    if (places.through)
        way = BY_READING;
    else if (get_code && get_instruction)
        way = BY_FUNCTIONS;
    if (way != BY_OBJECTS && !agree())
        way = BY_OBJECTS;
}
