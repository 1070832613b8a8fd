/* SPDX-License-Identifier: MIT */
#include "preload/agent/watch.h"

#include "preload/agent/await_chain.h"
#include "preload/agent/emit.h"
#include "preload/agent/of_interpreter.h"
#include "preload/agent/running.h"
#include "preload/agent/task.h"
#include "preload/agent/task_counter.h"
#include "preload/agent/wall_clock.h"

/* All of them at first, each tick: the rules count those. Of workers that ignore their cancellation for longer a
 * few at a time, in turn. */
#define EAGER_LOOKS 8u
#define LAZY_TASKS 16u
/* What one is at is told before the rules take it for one that runs on, and then ever more seldom: a recording may
 * be cut short without a word. */
#define FIRST_EXAMINATION 3u
/* So is one in a loop that slept for long: in its second turn the error has reached it. */
#define LONG_NS UINT64_C(1000000000)
#define TURNS_TO_REACH 2u
/* So many per tick, some microseconds each; who is left over has his turn later. */
#define EXAMINATIONS 64u
/* So many at the end: the program waits for it. */
#define LAST_LOOKS 256u
/* So many before the loop sleeps. */
#define SETTLED 64u

uint32_t watch_count OF_INTERPRETER;

static struct {
    struct task *first; /* the newest */
    struct task *next;  /* of those looked at lazily, whose turn it is; NULL: the first of them */
    uint32_t looks;
    uint64_t looked_ns;
    bool slept;        /* for long, before this tick */
    uint32_t examined; /* in this tick */
} watch OF_INTERPRETER;

static void list(struct task *task)
{
    task->listed = true;
    task->group_wait = NULL;
    task->group_wait_told = false;
    task->watched_since = watch.looks;
    task->examine_after = FIRST_EXAMINATION;
    task->watch_previous = NULL;
    task->watch_next = watch.first;
    if (watch.first)
        watch.first->watch_previous = task;
    watch.first = task;
    watch_count++;
}

void watch_add(struct task *task)
{
    watch_remove(task);
    list(task);
    task->watched = true;
}

void watch_add_end(struct task *task)
{
    if (!task->listed)
        list(task);
}

void watch_remove(struct task *task)
{
    if (!task->listed)
        return;
    task->listed = task->watched = false;
    watch_count--;
    if (watch.next == task)
        watch.next = task->watch_next;
    if (task->watch_next)
        task->watch_next->watch_previous = task->watch_previous;
    if (task->watch_previous)
        task->watch_previous->watch_next = task->watch_next;
    else
        watch.first = task->watch_next;
    task->watch_next = task->watch_previous = NULL;
}

void watch_forget(void)
{
    while (watch.first)
        watch_remove(watch.first);
}

/* A task that runs at this moment shows nothing of what it is in, but its thread does. */
static enum task_handling handling_of(const struct task *task, PyObject *object)
{
    enum task_handling handling = await_chain_handling(task->class, object);
    PyObject *running = handling == HANDLING_UNKNOWN ? running_task() : NULL;
    PyObject *exception = running == object ? PyErr_GetHandledException() : NULL;

    if (exception)
        handling = HANDLING_EXCEPTION;
    py_drop(exception);
    py_drop(running);
    return handling;
}

static bool is_in_group_wait(const struct task *task, PyObject *object)
{
    return task->group_wait && await_chain_has(task->class, object, task->group_wait);
}

void watch_group_wait(struct task *task, PyObject *code)
{
    task->group_wait = code;
}

void watch_say(const struct task *task, PyObject *object)
{
    struct st_task_look event = {.task = task->serial};
    bool in_group_wait;

    if (!task->watched || !emit_enabled())
        return;
    in_group_wait = is_in_group_wait(task, object);
    event.handling = (uint8_t)(in_group_wait ? HANDLING_EXCEPTION : handling_of(task, object));
    if (event.handling == HANDLING_NOTHING || in_group_wait)
        event.waiting = await_chain_functions(task->class, object);
    if (event.handling != HANDLING_UNKNOWN)
        emit_task_look(&event);
}

/* Whether it begins to wait there, or has done so. A group that has nobody to wait for is none. */
static bool group_wait_changes(struct task *task, PyObject *object)
{
    const bool was = task->group_wait_told;

    task->group_wait_told = is_in_group_wait(task, object);
    if (!task->group_wait_told)
        task->group_wait = NULL;
    return task->group_wait_told != was;
}

static bool is_due(struct task *task)
{
    const uint32_t turns = watch.looks - task->watched_since;

    if (watch.examined >= EXAMINATIONS)
        return false;
    if (turns < task->examine_after)
        return watch.slept && turns >= TURNS_TO_REACH;
    task->examine_after = task->examine_after > UINT32_MAX / 2 ? UINT32_MAX : task->examine_after * 2;
    return true;
}

static void look_at(struct task *task)
{
    PyObject *object = py_weak_get(task->weak);

    if (!object)
        watch_remove(task);
    else if (task_class_done(task->class, object))
        task_say_done(task, object);
    else if (task->watched && (group_wait_changes(task, object) || is_due(task))) {
        watch.examined++;
        task_counter_tell(task);
        watch_say(task, object);
    }
    py_drop(object);
}

static bool is_eager(const struct task *task)
{
    return watch.looks - task->watched_since <= EAGER_LOOKS;
}

void watch_look(void)
{
    const uint64_t now_ns = wall_clock_ns();
    struct task *task = watch.first;
    struct task *next;

    watch.looks++;
    watch.examined = 0;
    watch.slept = watch.looked_ns && now_ns - watch.looked_ns >= LONG_NS;
    watch.looked_ns = now_ns;
    for (; task && is_eager(task); task = next) {
        next = task->watch_next;
        look_at(task);
    }
    if (watch.next && !is_eager(watch.next))
        task = watch.next;
    for (uint32_t i = 0; task && i < LAZY_TASKS; i++, task = next) {
        next = task->watch_next;
        look_at(task);
    }
    watch.next = task;
}

void watch_settle(void)
{
    struct task *task = watch.first;
    struct task *next;

    for (uint32_t i = 0; task && i < SETTLED; i++, task = next) {
        PyObject *object = py_weak_get(task->weak);

        next = task->watch_next;
        if (object && task_class_done(task->class, object))
            task_say_done(task, object);
        py_drop(object);
    }
}

void watch_say_newest(void)
{
    struct task *task = watch.first;
    struct task *next;

    for (uint32_t i = 0; task && i < LAST_LOOKS; i++, task = next) {
        PyObject *object = py_weak_get(task->weak);

        next = task->watch_next;
        if (object)
            watch_say(task, object);
        py_drop(object);
    }
}
