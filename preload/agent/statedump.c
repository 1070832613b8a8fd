/* SPDX-License-Identifier: MIT */
#include "preload/agent/statedump.h"

#include <string.h>

#include "preload/agent/await_chain.h"
#include "preload/agent/bypass.h"
#include "preload/agent/live_tasks.h"
#include "preload/agent/of_interpreter.h"
#include "preload/agent/recording.h"
#include "preload/agent/scope_found.h"
#include "preload/agent/task.h"
#include "preload/agent/trio_task.h"

/* How deep a chain of scopes is followed. */
#define CHAIN_LIMIT 256
/* Of tasks that are met because a scope of another one is in theirs. */
#define MEETING_LIMIT 32u

static struct {
    PyObject *references; /* owned: a list of weak references; NULL: nothing is left to tell */
    Py_ssize_t next;      /* of them */
    PyObject *telling;    /* borrowed: the task whose turn it is; NULL: none's */
    unsigned meetings;    /* within each other */
} left OF_INTERPRETER;

/* ---- which scopes they are in ---- */

static const struct provider *provider_of(PyObject *object)
{
    for (size_t i = 0; i < provider_count; i++) {
        PyObject *class = provider_state(provider_table[i])->class;

        if (class && PyObject_TypeCheck(object, (PyTypeObject *)class))
            return provider_table[i];
    }
    return NULL;
}

/* Announces a scope of this task, once. */
static void say_scope(PyObject *object, const struct provider *provider, PyObject *task)
{
    const struct scope *known = identity_find_scope(object);

    if (!known || !known->open)
        (void)scope_found(object, provider, task);
}

static void scan_coroutine(PyObject *coroutine, void *task);

/* The owner may be any object of the program: its __getattr__ is not to be called. */
static PyObject *held_by(PyObject *owner, const char *holder)
{
    PyObject *name = PyUnicode_FromString(holder);
    PyObject *held = name ? py_attribute_itself(owner, name) : NULL;

    if (!name)
        PyErr_Clear();
    py_drop(name);
    return held;
}

/* `owner` is what a captured __exit__ or __aexit__ is bound to: a scope, or something that has one. */
static void scan_owner(PyObject *owner, PyObject *task)
{
    static const char *const holders[] = {"cancel_scope", "gen"};
    const struct provider *provider = provider_of(owner);

    if (provider) {
        say_scope(owner, provider, task);
        return;
    }
    for (size_t i = 0; i < sizeof(holders) / sizeof(holders[0]); i++) {
        PyObject *held = held_by(owner, holders[i]);

        provider = held ? provider_of(held) : NULL;
        if (provider)
            say_scope(held, provider, task);
        else if (held && (PyGen_CheckExact(held) || PyAsyncGen_CheckExact(held)))
            scan_coroutine(held, task);
        py_drop(held);
    }
}

static bool is_exit(PyObject *function)
{
    char name[16];

    py_text_attribute(function, "__name__", name, sizeof(name));
    return !strcmp(name, "__exit__") || !strcmp(name, "__aexit__");
}

/* Whose exit method a `with` keeps at this place of its frame until it is left: the bound method, or from 3.14 on
 * the function and then the object. Borrowed; NULL: this is something else. */
static PyObject *owner_at(PyObject *referents, Py_ssize_t place)
{
    PyObject *referent = PyList_GetItem(referents, place);

    if (PyMethod_Check(referent))
        return is_exit(PyMethod_Function(referent)) ? PyMethod_Self(referent) : NULL;
    if (Py_Version < 0x030E0000 || place + 1 == PyList_Size(referents) ||
        !PyType_HasFeature(Py_TYPE(referent), Py_TPFLAGS_METHOD_DESCRIPTOR) || !is_exit(referent))
        return NULL;
    return PyList_GetItem(referents, place + 1);
}

/* An exit that waits, for the children of a group: its `with` has let go of the method already. */
static void scan_exit(PyObject *coroutine, PyObject *task)
{
    PyObject *frame = await_chain_frame(coroutine);
    const struct provider *provider;
    PyObject *scope = frame ? bypass_exiting((PyFrameObject *)frame, &provider) : NULL;

    if (scope)
        say_scope(scope, provider, task);
    py_drop(scope);
    py_drop(frame);
}

/* A suspended frame shows the collector its locals and its stack, the latter from the outermost `with` in. */
static void scan_coroutine(PyObject *coroutine, void *task)
{
    PyObject *referents = await_chain_referents(coroutine);

    for (Py_ssize_t i = 0; referents && i < PyList_Size(referents); i++) {
        PyObject *owner = owner_at(referents, i);

        if (owner)
            scan_owner(owner, task);
    }
    scan_exit(coroutine, task);
    if (PyErr_Occurred())
        PyErr_Clear();
    py_drop(referents);
}

static PyObject *parent_of(PyObject *scope, const struct provider_state *state)
{
    PyObject *parent = attribute_get(&state->parent, scope);

    if (parent && PyObject_TypeCheck(parent, (PyTypeObject *)state->class))
        return parent;
    py_drop(parent);
    return NULL;
}

static bool is_hosted_by(PyObject *scope, const struct provider_state *state, PyObject *task)
{
    PyObject *host = attribute_get(&state->host, scope);

    py_drop(host);
    return host == task;
}

/* AnyIO knows the innermost scope of each task, also of those that run right now. */
static void scan_anyio(PyObject *task)
{
    const struct provider_state *state = provider_state(&provider_anyio);
    PyObject *chain[CHAIN_LIMIT];
    PyObject *module = state->class ? py_module(provider_anyio.module) : NULL;
    PyObject *states = module ? py_attribute_named(module, "_task_states") : NULL;
    PyObject *task_state = states ? PyObject_GetItem(states, task) : NULL;
    PyObject *scope = task_state ? py_attribute_named(task_state, "cancel_scope") : NULL;
    int depth = 0;

    if (PyErr_Occurred())
        PyErr_Clear();
    while (scope && scope != Py_None && depth < CHAIN_LIMIT && is_hosted_by(scope, state, task)) {
        chain[depth++] = scope;
        scope = parent_of(scope, state);
    }
    py_drop(scope);
    while (depth) {
        say_scope(chain[--depth], &provider_anyio, task);
        py_drop(chain[depth]);
    }
    py_drop(task_state);
    py_drop(states);
}

static void say_trio_scope(PyObject *scope, PyObject *task)
{
    if (provider_of(scope) == &provider_trio)
        say_scope(scope, &provider_trio, task);
}

static void scan(const struct task *task, PyObject *object)
{
    if (!task->class->done.object) {
        trio_task_each_scope(object, say_trio_scope);
        return;
    }
    if (left.telling == object || !await_chain_is_running(task->class, object))
        await_chain_each(task->class, object, scan_coroutine, object);
    scan_anyio(object);
}

/* ---- one after the other ---- */

static bool is_alive(PyObject *object)
{
    const struct task_class *class = task_class_of(object);

    return class && !task_class_done(class, object);
}

static bool lives(PyObject *reference)
{
    PyObject *object = py_weak_get(reference);
    bool alive = object && is_alive(object);

    py_drop(object);
    return alive;
}

bool statedump_collect(void)
{
    statedump_drop();
    left.references = live_tasks();
    while (left.references && left.next < PyList_Size(left.references)) {
        if (lives(PyList_GetItem(left.references, left.next)))
            return true;
        left.next++;
    }
    statedump_drop();
    return false;
}

static void tell(PyObject *object)
{
    struct task *task;

    left.telling = object;
    task = task_announced(object);
    if (task)
        statedump_meet(task, object);
    left.telling = NULL;
}

bool statedump_next(void)
{
    PyObject *object;

    if (!left.references || left.next >= PyList_Size(left.references)) {
        statedump_drop();
        return false;
    }
    object = py_weak_get(PyList_GetItem(left.references, left.next++));
    if (object && is_alive(object))
        tell(object);
    py_drop(object);
    return true;
}

bool statedump_is_pending(void)
{
    return left.references != NULL;
}

void statedump_drop(void)
{
    PyObject *references = left.references;

    left.references = NULL;
    left.next = 0;
    py_drop(references);
}

void statedump_meet(struct task *task, PyObject *object)
{
    if (!left.references || task->scanned == recording_generation || left.meetings == MEETING_LIMIT)
        return;
    task->scanned = recording_generation;
    left.meetings++;
    scan(task, object);
    left.meetings--;
}
