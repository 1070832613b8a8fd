/* SPDX-License-Identifier: MIT */
#include "preload/agent/headroom.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "preload/agent/agent.h"
#include "preload/agent/emit.h"
#include "preload/agent/python_api.h"
#include "preload/agent/recording.h"
#include "preload/agent/surprise.h"

/* From where a thread was seen first: so little is no reason to ask the system, which reads a file for the main
 * thread. */
#define USUAL 32768u

/* Short: less than one part in so many is left. */
#define PARTS 4

uintptr_t headroom_from;

/* ---- C's stack ---- */

static __thread struct {
    uintptr_t first;  /* where it was seen */
    uintptr_t lowest; /* of its stack */
    size_t size;      /* 0: not asked for yet, or not told */
} here;

static void measure(void)
{
    const int saved_errno = errno;
    pthread_attr_t attributes;
    void *lowest;

    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        if (pthread_attr_getstack(&attributes, &lowest, &here.size) == 0)
            here.lowest = (uintptr_t)lowest;
        (void)pthread_attr_destroy(&attributes);
    }
    errno = saved_errno;
}

/* A stack of the program's own making, somewhere else, is none of these. */
static bool is_in_last_part(uintptr_t address)
{
    return address - here.lowest < here.size / PARTS;
}

static bool stack_is_short(uintptr_t address)
{
    if (!here.first)
        here.first = address;
    if (address + USUAL > here.first)
        return false;
    if (!here.size)
        measure();
    if (!is_in_last_part(address))
        return false;
    measure(); /* the program may have been given more */
    return is_in_last_part(address);
}

/* ---- the interpreter's count ---- */

/* Where a thread's state has it; before is the limit for calls of Python, which tells whether this is so. 0: there
 * is no such count, before 3.12 and since 3.14, which looks at the stack. */
static size_t place_of_count(void)
{
    switch (Py_Version >> 16) {
    case 0x030C:
        return 36;
    case 0x030D:
        return 52;
    default:
        return 0;
    }
}

static int number_at(size_t place)
{
    int number;

    memcpy(&number, (const char *)PyThreadState_Get() + place, sizeof(number));
    return number;
}

static bool count_is_short(void)
{
    static int most;
    const size_t place = place_of_count();
    int left;

    if (!place || number_at(place - sizeof(int)) != Py_GetRecursionLimit())
        return false;
    left = number_at(place);
    if (left > most)
        most = left;
    return left < most / PARTS;
}

/* ---- */

bool headroom_is_short(void)
{
    const uintptr_t address = (uintptr_t)__builtin_frame_address(0);

    if (count_is_short() || stack_is_short(address))
        return true;
    headroom_from = address - HEADROOM_NEAR;
    return false;
}

void headroom_give_up(void)
{
    if (py_work_threads)
        return;
    if (!recording_armed) {
        agent_let_go();
        return;
    }
    if (emit_enabled())
        surprise_notice(
            "The program called itself so deep that the stack ran short: nothing more was recorded in that "
            "process, as hooks take some of it");
    agent_disarm();
}
