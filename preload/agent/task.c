/* SPDX-License-Identifier: MIT */
#include "preload/agent/task.h"

#include <stdio.h>
#include <string.h>

#include "preload/agent/announcement.h"
#include "preload/agent/await_chain.h"
#include "preload/agent/coroutine_end.h"
#include "preload/agent/elsewhere.h"
#include "preload/agent/emit.h"
#include "preload/agent/hook.h"
#include "preload/agent/of_interpreter.h"
#include "preload/agent/raised.h"
#include "preload/agent/recording.h"
#include "preload/agent/running.h"
#include "preload/agent/scope_announce.h"
#include "preload/agent/seldom.h"
#include "preload/agent/statedump.h"
#include "preload/agent/task_counter.h"
#include "preload/agent/trace_tree.h"
#include "preload/agent/watch.h"

#define COROUTINE_BYTES 256u

/* ---- names and announcements ---- */

uint32_t task_counter(struct task *task, PyObject *object)
{
    task->counter = task_class_counter(task->class, object);
    return task->counter;
}

void task_say_name(struct task *task, PyObject *object)
{
    char name[IDENTITY_NAME_BYTES];
    struct st_task_name event = {.task = task->serial, .name = task->name};

    task_class_name(task->class, object, name, sizeof(name));
    if (!strcmp(name, task->name))
        return;
    memcpy(task->name, name, sizeof(name));
    emit_task_name(&event);
}

static const char *coroutine_name(const struct task *task, PyObject *object, char *buffer, size_t size)
{
    PyObject *coroutine = task_class_coroutine(task->class, object);

    snprintf(buffer, size, "%s", task->coroutine);
    if (coroutine)
        task_class_coroutine_name(coroutine, buffer, size);
    py_drop(coroutine);
    return buffer;
}

static void remember_coroutine(struct task *task, const char *name)
{
    (void)memccpy(task->coroutine, name, '\0', sizeof(task->coroutine) - 1);
}

/* again: the session has heard of it before. */
static void say_seen(struct task *task, PyObject *object, bool again)
{
    char coroutine[COROUTINE_BYTES];
    struct st_task_seen event = {.task = task->serial,
                                 .parent_task = task->parent,
                                 .counter = task_counter(task, object),
                                 .stack = again ? 0 : await_chain_stack(task->class, object),
                                 .name = task->name,
                                 .told = raised_units(task)};

    event.coroutine = coroutine_name(task, object, coroutine, sizeof(coroutine));
    remember_coroutine(task, coroutine);
    task_class_name(task->class, object, task->name, sizeof(task->name));
    emit_task_seen(&event);
}

/* What its events refer to, however old that is: it comes with the task, so that no event can come between. */
static void say_state(const struct task *task, PyObject *object)
{
    scope_announce_those_of(task);
    raised_say(task);
    watch_say(task, object);
}

static SELDOM void announce(struct task *task, PyObject *object)
{
    bool again = recording_knows(task->announced);
    struct py_work work;

    py_work_begin(&work);
    if (again)
        task_flush(task);
    task->announced = recording_generation;
    task->run = (struct cancel_run){0};
    if (!again) {
        task->done = false;
        raised_forget(task);
    }
    say_seen(task, object, again);
    if (again)
        say_state(task, object);
    else
        statedump_meet(task, object);
    py_work_end(&work);
}

OFTEN struct task *task_announced(PyObject *object)
{
    struct task *task = identity_task(object);

    if (task && UNLIKELY(task->announced != recording_generation))
        announce(task, object);
    return task;
}

struct task *task_current(void)
{
    PyObject *object = running_task();
    struct task *task = object ? task_announced(object) : NULL;

    py_drop(object);
    return task;
}

uint64_t task_current_serial(void)
{
    const struct task *task = task_current();

    return task ? task->serial : 0;
}

void task_say_current_name(void)
{
    PyObject *object = running_task();
    struct task *task = object ? task_announced(object) : NULL;

    if (task)
        task_say_name(task, object);
    py_drop(object);
}

/* The scopes that it leaves open are abandoned: without them its end would tell nobody so. */
static APART void say_abandoned(const struct task *task, uint8_t how)
{
    if (!task->innermost || how == TASK_OPEN)
        return;
    coroutine_end_settle_all(task);
    scope_announce_open(task);
}

/* While an announcement is under way the trace may not hold what was said of it before. */
static APART void say_first(struct task *task, PyObject *object)
{
    if (announcement_is_pending() && task->announced != recording_generation && recording_knows(task->announced) &&
        task_is_involved(task) && identity_find_task(object) == task)
        (void)task_announced(object);
}

void task_say_done(struct task *task, PyObject *object)
{
    say_first(task, object);

    struct st_task_done event = {.how = (uint8_t)task_class_how(task->class, object),
                                 .task = task->serial,
                                 .counter = task_counter(task, object)};

    task->done = true;
    task_flush(task);
    watch_remove(task);
    say_abandoned(task, event.how);
    task_say_name(task, object);
    emit_task_done(&event);
}

static WHOLE APART void say_end(struct task *task, PyObject *object, enum task_how how)
{
    say_first(task, object);

    struct st_task_end event = {.how = (uint8_t)how, .task = task->serial, .counter = task_counter(task, object)};

    task_flush(task);
    if (how == TASK_OPEN)
        watch_say(task, object);
    say_abandoned(task, event.how);
    task_say_name(task, object);
    emit_task_end(&event);
}

/* Not task_announced(): a task whose birth this session has not heard of is of no interest at its end. */
static OFTEN void task_finalized(PyObject *object)
{
    struct task *task = identity_find_task(object);
    struct py_work work;

    if (!task || task->ended)
        return;
    py_work_begin(&work);
    if (recording_armed && recording_knows(task->announced) && emit_enabled()) {
        /* at the last look, at most a few ticks ago, it was not done */
        if (task->watched && task_class_done(task->class, object))
            task_say_done(task, object);
        say_end(task, object, task_class_how(task->class, object));
    }
    identity_end_task(task);
    py_work_end(&work);
}

static void say_open_one(struct task *task, void *data)
{
    PyObject *object = py_weak_get(task->weak);
    uint32_t *open = data;

    if (object && recording_knows(task->announced)) {
        if (!task_class_done(task->class, object))
            ++*open;
        say_end(task, object, task_class_how(task->class, object));
        task->ended = true;
    }
    py_drop(object);
}

uint32_t task_say_open(void)
{
    uint32_t open = 0;

    identity_each_task(say_open_one, &open);
    return open;
}

/* ---- birth ---- */

static bool task_is_eager(PyObject *eager)
{
    int truth = eager ? PyObject_IsTrue(eager) : 0;

    if (truth < 0)
        PyErr_Clear();
    return truth > 0;
}

static WHOLE APART void say_start(PyObject *object, PyObject *coroutine, bool eager)
{
    struct task *task = identity_new_task(object);
    struct st_task_start event = {.eager = eager};
    char text[COROUTINE_BYTES];

    if (!task)
        return;
    task->announced = recording_generation;
    event.task = task->serial;
    event.parent_task = task_current_serial();
    event.stack = trace_tree_stack();
    event.coroutine = coroutine ? task_class_coroutine_name(coroutine, text, sizeof(text)) : "";
    task->parent = event.parent_task;
    remember_coroutine(task, event.coroutine);
    if (!eager)
        task_class_name(task->class, object, task->name, sizeof(task->name));
    event.name = task->name;
    emit_task_start(&event);
}

void task_born(PyObject *object, PyObject *coroutine)
{
    say_start(object, coroutine, false);
}

void task_over(PyObject *object, enum task_how how)
{
    struct task *task = identity_find_task(object);

    if (!task || task->ended || !recording_knows(task->announced))
        return;
    say_end(task, object, how);
    identity_end_task(task);
}

static void forget_silent(struct task *task, void *data)
{
    (void)data;
    if (!task->class->done.object)
        identity_end_task(task);
}

void task_forget_silent(void)
{
    identity_each_task(forget_silent, NULL);
}

struct birth {
    PyObject *object, *coroutine;
    bool eager; /* its body runs before the constructor returns: announced before that */
};

static void birth_begin(const struct birth *birth)
{
    struct py_work work;

    if (!birth->eager)
        return;
    py_work_begin(&work);
    say_start(birth->object, birth->coroutine, true);
    py_work_end(&work);
}

static void say_born(const struct birth *birth, struct task *task)
{
    if (!birth->eager)
        say_start(birth->object, birth->coroutine, false);
    else if (task)
        task_say_name(task, birth->object);
}

static void birth_end(const struct birth *birth, bool born)
{
    struct py_work work;
    struct task *task;

    py_work_begin(&work);
    task = birth->eager ? identity_find_task(birth->object) : NULL;
    if (!born && task)
        identity_end_task(task);
    /* the loop gets to know of it in Python: the recording may have ended meanwhile */
    if (born && recording_armed)
        say_born(birth, task);
    py_work_end(&work);
}

static struct task_class *native_class OF_INTERPRETER;

/* borrowed, or NULL: not given. */
static PyObject *keyword(PyObject *kwargs, PyObject *name)
{
    PyObject *value = kwargs ? PyDict_GetItemWithError(kwargs, name) : NULL;

    if (!value && kwargs)
        PyErr_Clear();
    return value;
}

static OFTEN int init_slot(PyObject *self, PyObject *args, PyObject *kwargs)
{
    struct birth birth = {.object = self};
    int failed;

    if (elsewhere() || !recording_wants_event() || py_work_busy())
        return native_class->original_init(self, args, kwargs);
    birth.coroutine = PyTuple_Size(args) > 0 ? PyTuple_GetItem(args, 0) : NULL;
    if (!birth.coroutine)
        birth.coroutine = keyword(kwargs, names.coro);
    birth.eager = task_is_eager(keyword(kwargs, names.eager_start));
    birth_begin(&birth);
    failed = native_class->original_init(self, args, kwargs);
    birth_end(&birth, !failed);
    return failed;
}

static PyObject *around_init(struct hook *hook, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    struct birth birth = {.object = args[0]};
    PyObject *result;

    birth.coroutine = hook_argument(args, nargsf, kwnames, 1, "coro");
    birth.eager = task_is_eager(hook_argument(args, nargsf, kwnames, PY_SSIZE_T_MAX, "eager_start"));
    birth_begin(&birth);
    result = hook_call_original(hook, args, nargsf, kwnames);
    birth_end(&birth, result != NULL);
    return result;
}

static OFTEN void finalize_slot(PyObject *self)
{
    task_finalized(self);
    native_class->original_finalize(self);
}

bool task_end_is_heard(PyObject *object)
{
    return Py_TYPE(object)->tp_finalize == finalize_slot && !PyObject_GC_IsFinalized(object);
}

static PyObject *around_del(struct hook *hook, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    task_finalized(args[0]);
    return hook_call_original(hook, args, nargsf, kwnames);
}

/* Up to 3.12 create_task(name=…) gives it after the constructor; and a task may never be told of again. */
static PyObject *around_set_name(struct hook *hook, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyObject *result = hook_call_original(hook, args, nargsf, kwnames);
    struct py_work work;
    struct task *task;

    if (!result || !recording_armed)
        return result;
    py_work_begin(&work);
    task = task_announced(args[0]);
    if (task)
        task_say_name(task, args[0]);
    py_work_end(&work);
    return result;
}

/* ---- installation ---- */

struct method {
    const char *name;
    hook_around around;
    const void *point;
};

static const struct method methods[] = {
    {"cancel", task_counter_around_cancel, NULL},
    {"uncancel", task_counter_around_uncancel, NULL},
    {"set_name", around_set_name, NULL},
};

/* Those that stand for a slot. */
static const struct method slot_methods[] = {
    {"__init__", around_init, NULL},
    {"__del__", around_del, &hook_always},
};

/* Subclasses that were made before have copies of the slots; those made later find the hooks in the dict. */
static void patch_slots(PyTypeObject *type, const struct task_class *class, bool ours)
{
    PyObject *subclasses = PyObject_CallMethod((PyObject *)type, "__subclasses__", NULL);

    if (type->tp_init == (ours ? class->original_init : init_slot))
        type->tp_init = ours ? init_slot : class->original_init;
    if (type->tp_finalize == (ours ? class->original_finalize : finalize_slot))
        type->tp_finalize = ours ? finalize_slot : class->original_finalize;
    for (Py_ssize_t i = 0; subclasses && i < PyList_Size(subclasses); i++)
        patch_slots((PyTypeObject *)PyList_GetItem(subclasses, i), class, ours);
    if (!subclasses)
        PyErr_Clear();
    py_drop(subclasses);
}

/* The fields are where this binary believes them to be: the type says so itself. */
static bool slots_are_where_we_think(PyTypeObject *type)
{
    return PyType_GetSlot(type, Py_tp_init) == (void *)type->tp_init &&
           PyType_GetSlot(type, Py_tp_finalize) == (void *)type->tp_finalize && type->tp_init && type->tp_finalize;
}

static int hook_method(const struct task_class *class, bool native, const struct method *method)
{
    if (native)
        return hook_native_method(class->type, method->name, method->around, class, method->point);
    return hook_python_method((PyObject *)class->type, method->name, method->around, class, method->point);
}

/* The type's own slots and those of its subclasses, and the methods that stand for them. */
static bool take_slots(struct task_class *class)
{
    if (!slots_are_where_we_think(class->type))
        return false;
    class->original_init = class->type->tp_init;
    class->original_finalize = class->type->tp_finalize;
    native_class = class;
    patch_slots(class->type, class, true);
    return hook_native_slot(class->type, "__init__", (void *)class->original_init, (void *)init_slot) == 0 &&
           hook_native_slot(class->type, "__del__", (void *)class->original_finalize, (void *)finalize_slot) == 0;
}

int task_hook_class(struct task_class *class, bool native)
{
    int failed = 0;

    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        failed |= hook_method(class, native, &methods[i]);
    if (native && take_slots(class))
        return failed;
    for (size_t i = 0; i < sizeof(slot_methods) / sizeof(slot_methods[0]); i++)
        (void)hook_method(class, native, &slot_methods[i]);
    return failed;
}

void task_unhook_class(const struct task_class *class)
{
    if (class == native_class)
        patch_slots(class->type, class, false);
}
