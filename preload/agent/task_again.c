/* SPDX-License-Identifier: MIT */
/* What is said of tasks that the session has heard of: to somebody who begins to read now, or will hear no more.
 */
#include "preload/agent/raised.h"
#include "preload/agent/recording.h"
#include "preload/agent/task.h"

bool task_is_involved(const struct task *task)
{
    for (const struct scope *scope = task->innermost; scope; scope = scope->outer)
        if (recording_knows(scope->announced))
            return true;
    return task->watched || task->raised || task->counter;
}

/* That it is done, once; of one that left scopes open, each time. Its requests ended with it: one that has some
 * would be told as what it is not. Whether it was told as a whole. */
static bool say_done_again(struct task *task, PyObject *object)
{
    bool whole = task->innermost && !task_counter(task, object);

    if (whole) {
        raised_forget(task);
        (void)task_announced(object);
    }
    if (whole || !task->done)
        task_say_done(task, object);
    return whole;
}

bool task_say_again(struct task *task, bool involved)
{
    PyObject *object;
    bool told;

    if (!task->serial || task->ended || task->announced == recording_generation ||
        !recording_knows(task->announced) || (involved && !task_is_involved(task)))
        return false;
    object = py_weak_get(task->weak);
    if (!object)
        return false;
    if (task_class_done(task->class, object))
        told = say_done_again(task, object);
    else
        told = task_announced(object) != NULL;
    py_drop(object);
    return told;
}

static void say_if_done(struct task *task, void *data)
{
    PyObject *object = task->done || !recording_knows(task->announced) ? NULL : py_weak_get(task->weak);

    (void)data;
    task_flush(task);
    if (object && task_class_done(task->class, object))
        task_say_done(task, object);
    py_drop(object);
}

void task_say_done_all(void)
{
    identity_each_task(say_if_done, NULL);
}
