/* SPDX-License-Identifier: MIT */
#include "preload/agent/scope_found.h"

#include "preload/agent/emit.h"
#include "preload/agent/recording.h"
#include "preload/agent/scope.h"
#include "preload/agent/scope_announce.h"
#include "preload/agent/scope_cancel.h"
#include "preload/agent/seldom.h"
#include "preload/agent/task.h"
#include "preload/agent/wall_clock.h"

/* Of a chain of scopes that is followed at once. A ring of them ends where one is known. */
#define CHAIN_LIMIT 65536

struct scope *scope_found(PyObject *object, const struct provider *provider, PyObject *host_object)
{
    const struct provider_state *state = provider_state(provider);
    struct scope *scope = identity_scope(object, provider);
    PyObject *said_host = host_object ? NULL : attribute_get(&state->host, object);
    struct task *host = NULL;

    if (!host_object && said_host && said_host != Py_None)
        host_object = said_host;
    if (host_object)
        host = task_announced(host_object);
    /* unless it was found when its host was met */
    if (scope && !scope->open) {
        scope_open(scope, host, host ? task_counter(host, host_object) : 0);
        scope->found_open = true;
        if (host)
            host->found_open++;
        scope->enter_stack = 0;
        scope->entered_ns = wall_clock_ns();
        scope_announce_entry(scope, true, scope->entered_ns);
    }
    py_drop(said_host);
    return scope;
}

static bool is_known(PyObject *object)
{
    const struct scope *scope = identity_find_scope(object);

    return scope && scope->entry;
}

/* What encloses it, if nobody has heard of that yet: new, or NULL. */
static PyObject *unknown_parent(PyObject *object, const struct provider_state *state)
{
    PyObject *parent = attribute_get(&state->parent, object);

    if (parent && PyObject_TypeCheck(parent, (PyTypeObject *)state->class) && !is_known(parent))
        return parent;
    py_drop(parent);
    return NULL;
}

/* It and what encloses it, innermost first: new, or NULL. */
static PyObject *unknown_chain(PyObject *object, const struct provider_state *state)
{
    PyObject *chain = PyList_New(0), *next = py_keep(object);

    while (chain && next && PyList_Size(chain) < CHAIN_LIMIT && PyList_Append(chain, next) == 0) {
        PyObject *parent = unknown_parent(next, state);

        py_drop(next);
        next = parent;
    }
    if (PyErr_Occurred())
        PyErr_Clear();
    py_drop(next);
    return chain;
}

struct scope *scope_found_chain(PyObject *object, const struct provider *provider)
{
    PyObject *chain = unknown_chain(object, provider_state(provider));

    for (Py_ssize_t i = chain ? PyList_Size(chain) : 0; i-- > 0;)
        if (!is_known(PyList_GetItem(chain, i)))
            (void)scope_found(PyList_GetItem(chain, i), provider, NULL);
    py_drop(chain);
    return identity_find_scope(object);
}

/* An exit that nobody saw: what the block ended with is not known. */
static SELDOM void say_unseen_exit(struct scope *scope)
{
    struct task *host = identity_host(scope);
    PyObject *object = host ? py_weak_get(host->weak) : NULL;
    uint32_t counter = object ? task_counter(host, object) : 0;
    struct st_scope_exit event = {.cancel_called = scope->cancel_said,
                                  .entry = scope->entry,
                                  .before = counter,
                                  .after = counter,
                                  .scope = scope->serial,
                                  .task = scope->host_serial};

    py_drop(object);
    task_flush(host);
    scope_keep_exit(scope, host, &event);
    if (recording_knows(scope->announced))
        scope_announce_first(scope);
    identity_close_scope(scope);
    if (scope_is_announced(scope))
        emit_scope_exit(&event);
}

void scope_vanished(struct scope *scope)
{
    struct py_work work;

    bool unseen = scope->open && scope->found_open;
    bool abandoned = scope->open && !scope_is_announced(scope);

    if (scope->leaving || !(unseen || abandoned || scope->deliver_held) || !recording_armed || !emit_enabled())
        return;
    py_work_begin(&work);
    scope_announce_first(scope);
    scope_flush_deliveries(scope);
    if (unseen)
        say_unseen_exit(scope);
    py_work_end(&work);
}

/* Closes the scopes of this task that were found open and say themselves that they no longer are. Those whose
 * death nobody tells of may be dead: they are not asked. */
static SELDOM void settle_found(const struct task *host)
{
    struct scope *outer;

    for (struct scope *scope = host->innermost; scope; scope = outer) {
        const struct attribute *active = &scope->state->active;

        outer = scope->outer;
        if (scope->found_open && active->name && !scope->gone && (scope->heard || scope->weak) &&
            !attribute_true(active, scope->object))
            say_unseen_exit(scope);
    }
}

void scope_settle_found(const struct task *host)
{
    if (host && UNLIKELY(host->found_open))
        settle_found(host);
}
