/* SPDX-License-Identifier: MIT */
#include "preload/agent/watch.h"

#include "preload/agent/emit.h"
#include "preload/agent/of_interpreter.h"
#include "preload/agent/task.h"

/* All of them at first, each tick: the rules count those. Of workers that ignore their cancellation for longer a
 * few at a time, in turn. */
#define EAGER_LOOKS 8u
#define LAZY_TASKS 16u

uint32_t watch_count OF_INTERPRETER;

static struct {
    struct task *first; /* the newest */
    struct task *next;  /* of those looked at lazily, whose turn it is; NULL: the first of them */
    uint32_t looks;
} watch OF_INTERPRETER;

void watch_add(struct task *task)
{
    watch_remove(task);
    task->watched = true;
    task->watched_since = watch.looks;
    task->watch_previous = NULL;
    task->watch_next = watch.first;
    if (watch.first)
        watch.first->watch_previous = task;
    watch.first = task;
    watch_count++;
}

void watch_remove(struct task *task)
{
    if (!task->watched)
        return;
    task->watched = false;
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

static void look_at(struct task *task)
{
    PyObject *object = py_weak_get(task->weak);

    if (!object)
        watch_remove(task);
    else if (task_class_done(task->class, object))
        task_say_done(task, object);
    py_drop(object);
}

static bool is_eager(const struct task *task)
{
    return watch.looks - task->watched_since <= EAGER_LOOKS;
}

void watch_look(void)
{
    struct task *task = watch.first;
    struct task *next;

    watch.looks++;
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
