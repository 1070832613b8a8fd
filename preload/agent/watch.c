/* SPDX-License-Identifier: MIT */
#include "preload/agent/watch.h"

#include "preload/agent/emit.h"
#include "preload/agent/of_interpreter.h"
#include "preload/agent/task.h"

/* Every tick at first: the rules count them. A worker that ignores its cancellation for good is looked at less
 * often later on. */
#define EAGER_LOOKS 64u
#define LAZY_TICKS 16u

uint32_t watch_count OF_INTERPRETER;

static struct {
    struct task *first;
    uint32_t ticks; /* since a task was added */
} watch OF_INTERPRETER;

void watch_add(struct task *task)
{
    watch.ticks = 0;
    if (task->watched)
        return;
    task->watched = true;
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
    if (task->watch_next)
        task->watch_next->watch_previous = task->watch_previous;
    if (task->watch_previous)
        task->watch_previous->watch_next = task->watch_next;
    else
        watch.first = task->watch_next;
    task->watch_next = task->watch_previous = NULL;
}

void watch_look(void)
{
    struct task *next;

    if (++watch.ticks > EAGER_LOOKS && watch.ticks % LAZY_TICKS)
        return;
    for (struct task *task = watch.first; task; task = next) {
        PyObject *object = py_weak_get(task->weak);

        next = task->watch_next;
        if (!object)
            watch_remove(task);
        else if (task_class_done(task->class, object))
            task_say_done(task, object);
        py_drop(object);
    }
}
