/* SPDX-License-Identifier: MIT */
#include "preload/agent/frames.h"

#include <string.h>

#include "preload/agent/seldom.h"

#define COOKIE "xdebugpy"
#define FARTHEST 4096u

/* Which of the numbers that _PyRuntime begins with are what. */
enum { COOKIE_PLACE, VERSION_PLACE, FREE_THREADED_PLACE };

/* Those whose place differs between versions; it stays within one. */
static const struct places {
    uint32_t minor;
    uint32_t current_frame, previous, owner, bytecode;
} places[] = {{13, 23, 29, 33, 43}, {14, 26, 32, 36, 48}, {15, 26, 40, 44, 56}};

/* Who a frame belongs to, as far as it matters: those from the second on stand for C code. */
enum owner { OWNED_BY_GENERATOR = 1, OWNED_BY_INTERPRETER = 3 };

/* Before the bytecode of a code object, in bytes: the first instruction that a tracer hears of. */
#define FIRST_TRACEABLE 16u

/* NULL: by frame objects. */
static PyObject *(*get_code)(void *frame);
static int (*get_instruction)(void *frame);

/* In bytes, in a thread's state, in a frame (twice), and in a code object. */
static uint64_t current_frame, previous, owner, first_traceable;

/* ---- frame objects ---- */

static bool next_object(struct frames *walk, PyObject **ret_code, int *ret_instruction)
{
    PyFrameObject *frame = walk->next;

    if (!frame)
        return false;
    *ret_code = (PyObject *)PyFrame_GetCode(frame);
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
    *ret_code = (PyObject *)PyFrame_GetCode(frame);
    *ret_instruction = PyFrame_GetLasti(frame);
    return true;
}

/* ---- the interpreter's own ---- */

static void *pointer_at(const void *object, uint64_t offset)
{
    void *pointer;

    memcpy(&pointer, (const char *)object + offset, sizeof(pointer));
    return pointer;
}

/* One that has not begun yet, or stands for what the interpreter does itself, is nothing to a tracer. */
static bool has_begun(const PyObject *code, int instruction, unsigned char owned_by)
{
    int first;

    memcpy(&first, (const char *)code + first_traceable, sizeof(first));
    return owned_by == OWNED_BY_GENERATOR || instruction >= first * (int)sizeof(uint16_t);
}

static bool next_of_interpreter(struct frames *walk, PyObject **ret_code, int *ret_instruction)
{
    for (void *frame; (frame = walk->next);) {
        const unsigned char owned_by = *((const unsigned char *)frame + owner);

        walk->next = pointer_at(frame, previous);
        if (owned_by >= OWNED_BY_INTERPRETER)
            continue;
        *ret_code = get_code(frame);
        *ret_instruction = get_instruction(frame);
        if (has_begun(*ret_code, *ret_instruction, owned_by))
            return true;
        py_drop(*ret_code);
    }
    *ret_code = NULL;
    return false;
}

/* ---- */

void frames_begin(struct frames *walk)
{
    walk->next =
        get_code ? pointer_at(PyThreadState_Get(), current_frame) : py_keep((PyObject *)PyEval_GetFrame());
}

bool frames_next(struct frames *walk, PyObject **ret_code, int *ret_instruction)
{
    return get_code ? next_of_interpreter(walk, ret_code, ret_instruction)
                    : next_object(walk, ret_code, ret_instruction);
}

void frames_end(struct frames *walk)
{
    if (!get_code)
        py_drop(walk->next);
}

OFTEN bool frames_innermost(PyObject **ret_code, int *ret_instruction)
{
    struct frames walk;

    if (!get_code)
        return innermost_object(ret_code, ret_instruction);
    frames_begin(&walk);
    return next_of_interpreter(&walk, ret_code, ret_instruction);
}

/* ---- which of the two ---- */

static const struct places *places_now(void)
{
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        if (places[i].minor == (Py_Version >> 16 & 0xFFu))
            return &places[i];
    return NULL;
}

static bool read_offsets(void)
{
    const struct places *these = places_now();
    const uint64_t *numbers;

    py_find_symbol(&numbers, "_PyRuntime");
    if (!these || !numbers || memcmp(&numbers[COOKIE_PLACE], COOKIE, sizeof(*numbers)) != 0 ||
        numbers[VERSION_PLACE] != Py_Version || numbers[FREE_THREADED_PLACE])
        return false;
    current_frame = numbers[these->current_frame];
    previous = numbers[these->previous];
    owner = numbers[these->owner];
    first_traceable = numbers[these->bytecode] - FIRST_TRACEABLE;
    return current_frame < FARTHEST && previous < FARTHEST && owner < FARTHEST && first_traceable < FARTHEST;
}

static bool says_the_same(struct frames *objects, struct frames *own, bool *ret_more)
{
    PyObject *expected = NULL, *code = NULL;
    int expected_at = 0, at = 0;
    bool same;

    *ret_more = next_object(objects, &expected, &expected_at);
    same = next_of_interpreter(own, &code, &at) == *ret_more && code == expected && at == expected_at;
    py_drop(expected);
    py_drop(code);
    return same;
}

static bool agree(void)
{
    struct frames objects = {py_keep((PyObject *)PyEval_GetFrame())};
    struct frames own = {pointer_at(PyThreadState_Get(), current_frame)};
    bool more = true, same = true;

    while (same && more)
        same = says_the_same(&objects, &own, &more);
    py_drop(objects.next);
    return same;
}

void frames_setup(void)
{
    py_find_symbol(&get_code, "PyUnstable_InterpreterFrame_GetCode");
    py_find_symbol(&get_instruction, "PyUnstable_InterpreterFrame_GetLasti");
    if (!get_code || !get_instruction || !read_offsets() || !agree())
        get_code = NULL;
}
