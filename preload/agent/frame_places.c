/* SPDX-License-Identifier: MIT */
#include "preload/agent/frame_places.h"

#include <string.h>

#define COOKIE "xdebugpy"
#define FARTHEST 4096u
/* In a frame object, until 3.12: its frame. */
#define FRAME_OF_OBJECT 24u

/* Which of the numbers that _PyRuntime begins with are what. */
enum { COOKIE_PLACE, VERSION_PLACE, FREE_THREADED_PLACE };

/* Those whose place differs between versions; it stays within one. */
static const struct numbers {
    uint32_t minor;
    uint32_t current_frame, previous, owner, bytecode;
} numbers_of[] = {{13, 23, 29, 33, 43}, {14, 26, 32, 36, 48}, {15, 26, 40, 44, 56}};

static const struct known {
    uint32_t minor;
    struct frame_places places;
} known[] = {
    {11,
     {.current_frame = 56, .in_current = 8, .previous = 48, .owner = 69, .code = 32, .last = 56, .bytecode = 184}},
    {12,
     {.current_frame = 56, .in_current = 0, .previous = 8, .owner = 70, .code = 0, .last = 56, .bytecode = 192}},
};

static uint32_t minor_version(void)
{
    return Py_Version >> 16 & 0xFFu;
}

static bool is_release(void)
{
    return (Py_Version >> 4 & 0xFu) == 0xFu;
}

static const struct known *known_now(void)
{
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].minor == minor_version() && is_release())
            return &known[i];
    return NULL;
}

static const struct numbers *numbers_now(void)
{
    for (size_t i = 0; i < sizeof(numbers_of) / sizeof(numbers_of[0]); i++)
        if (numbers_of[i].minor == minor_version())
            return &numbers_of[i];
    return NULL;
}

static bool are_near(const struct frame_places *places)
{
    return places->current_frame < FARTHEST && places->previous < FARTHEST && places->owner < FARTHEST &&
           places->bytecode < FARTHEST;
}

static bool is_told(const uint64_t *numbers)
{
    return numbers && memcmp(&numbers[COOKIE_PLACE], COOKIE, sizeof(*numbers)) == 0 &&
           numbers[VERSION_PLACE] == Py_Version && !numbers[FREE_THREADED_PLACE];
}

bool frame_places_find(struct frame_places *ret_places)
{
    const struct known *here = known_now();
    const struct numbers *these = numbers_now();
    const uint64_t *numbers = NULL;

    if (here) {
        *ret_places = here->places;
        ret_places->through = true;
        return true;
    }
    py_find_symbol(&numbers, "_PyRuntime");
    if (!these || !is_told(numbers))
        return false;
    *ret_places = (struct frame_places){.current_frame = numbers[these->current_frame],
                                        .previous = numbers[these->previous],
                                        .owner = numbers[these->owner],
                                        .bytecode = numbers[these->bytecode]};
    return are_near(ret_places);
}

/* The thread's state and the frame object are as in the headers that programs are compiled with. Two ways that
 * lead to one place, and from there to the code that the frame object names: this is a frame. */
bool frame_places_fit(const struct frame_places *places)
{
    PyFrameObject *frame = places->through ? PyEval_GetFrame() : NULL;
    const void *current;
    PyObject *code;
    bool same;

    if (!places->through)
        return true;
    current = frame ? frame_places_pointer(frame, FRAME_OF_OBJECT) : NULL;
    if (!current || !frame_places_pointer(PyThreadState_Get(), places->current_frame) ||
        frame_places_innermost(places) != current)
        return false;
    code = (PyObject *)PyFrame_GetCode(frame);
    same = frame_places_pointer(current, places->code) == code;
    py_drop(code);
    return same;
}
