/* SPDX-License-Identifier: MIT */
#include "preload/agent/scope.h"

#include <math.h>
#include <time.h>

#include "preload/agent/coroutine_end.h"
#include "preload/agent/emit.h"
#include "preload/agent/exceptions.h"
#include "preload/agent/maker.h"
#include "preload/agent/raised.h"
#include "preload/agent/recording.h"
#include "preload/agent/scope_announce.h"
#include "preload/agent/scope_cancel.h"
#include "preload/agent/scope_found.h"
#include "preload/agent/seldom.h"
#include "preload/agent/task.h"
#include "preload/agent/trace_tree.h"
#include "preload/agent/wall_clock.h"

#define TYPE_NAME_BYTES 128u

/* ---- what the scope object says of itself ---- */

/* Event loops keep the time of CLOCK_MONOTONIC. */
static double loop_time(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Code of the program runs for it. */
static SELDOM double ask_for_number(PyObject *when)
{
    struct py_work work;
    double number;

    py_work_begin(&work);
    number = PyFloat_AsDouble(when);
    if (number == -1.0 && PyErr_Occurred()) {
        py_forget_exception();
        number = INFINITY;
    }
    py_work_end(&work);
    return number;
}

/* From now on. */
static APART double time_until(PyObject *when)
{
    double deadline = PyFloat_Check(when) ? PyFloat_AsDouble(when) : ask_for_number(when);

    return isinf(deadline) ? deadline : deadline - loop_time();
}

static double deadline_of(PyObject *when)
{
    return when && when != Py_None && when != py_infinity ? time_until(when) : INFINITY;
}

static SELDOM struct scope *meet_parent(PyObject *object, const struct provider *provider)
{
    struct scope *parent;
    struct py_work work;

    py_work_begin(&work);
    parent = scope_found_chain(object, provider);
    py_work_end(&work);
    return parent;
}

static APART struct scope *find_parent(PyObject *object, const struct provider *provider)
{
    struct scope *parent = identity_find_scope(object);

    return parent && parent->entry ? parent : meet_parent(object, provider);
}

/* Mostly the one that its host entered before it. */
static struct scope *parent_of(PyObject *object, const struct scope *scope, const struct task *host)
{
    if (!object || object == Py_None || !PyObject_TypeCheck(object, (PyTypeObject *)scope->state->class))
        return NULL;
    if (host && host->innermost && host->innermost->object == object)
        return host->innermost;
    return find_parent(object, scope->provider);
}

/* Borrowed, NULL = none. */
struct said {
    PyObject *shield, *deadline, *cancelled, *parent;
};

static void take_down(struct scope *scope, const struct said *said, const struct task *host)
{
    scope->shield = attribute_is_true(said->shield);
    scope->deadline = deadline_of(said->deadline);
    scope->cancelled_before = attribute_is_true(said->cancelled);
    scope->cancel_said = scope->cancelled_before;
    if (!scope->cancel_said)
        scope->cancelled_ns = 0;
    scope->parent = parent_of(said->parent, scope, host);
    scope->parent_serial = scope->parent ? scope->parent->serial : 0;
}

/* By their names, of classes that say nothing of their places. */
static APART void ask_scope(struct scope *scope, const struct task *host)
{
    const struct provider_state *state = scope->state;
    struct said said = {.shield = attribute_get(&state->shield, scope->object),
                        .deadline = attribute_get(&state->deadline, scope->object),
                        .cancelled = attribute_get(&state->cancelled, scope->object),
                        .parent = attribute_get(&state->parent, scope->object)};

    take_down(scope, &said, host);
    py_drop(said.shield);
    py_drop(said.deadline);
    py_drop(said.cancelled);
    py_drop(said.parent);
}

static void read_scope(struct scope *scope, const struct task *host)
{
    const struct provider_state *state = scope->state;
    struct said said;

    if (!provider_has_places(state, scope->object)) {
        ask_scope(scope, host);
        return;
    }
    said = (struct said){.shield = attribute_in_place(&state->shield, scope->object),
                         .deadline = attribute_in_place(&state->deadline, scope->object),
                         .cancelled = attribute_in_place(&state->cancelled, scope->object),
                         .parent = attribute_in_place(&state->parent, scope->object)};
    take_down(scope, &said, host);
}

/* ---- entry ---- */

OFTEN void scope_open(struct scope *scope, struct task *host, uint32_t counter)
{
    scope->entry++;
    scope->enter_counter = counter;
    scope->announced = 0;
    scope->entered_ns = 0;
    scope->deliver_total = scope->deliver_held = 0;
    scope->left.exited_ns = 0;
    scope->leaving = NULL;
    read_scope(scope, host);
    identity_open_scope(scope, host);
}

static SELDOM void announce_at_once(struct scope *scope)
{
    struct py_work work;

    py_work_begin(&work);
    scope_announce(scope);
    py_work_end(&work);
}

OFTEN void scope_entered(struct scope *scope, PyObject *host_object, uint32_t counter)
{
    struct task *host = host_object ? task_announced(host_object) : NULL;

    scope_settle_found(host);
    /* One whose exit is over, though the program keeps its coroutine, was left before this one was entered. */
    if (host && host->innermost && UNLIKELY(host->innermost->leaving))
        coroutine_end_settle_all(host);
    provider_check(scope->state, scope->object);
    scope_open(scope, host, counter);
    scope->enter_stack = maker_stack(scope, trace_tree_caller(scope->state->package_number));
    scope->entered_ns = emit_flags() & (CONTROL_LAZY_SCOPES | CONTROL_AGAIN) ? wall_clock_ns() : 0;
    if (UNLIKELY(host && host->raised))
        raised_entered(host, scope);
    if (scope_announce_is_lazy()) {
        /* entered under cancellation: what its exit does matters */
        if (UNLIKELY(counter))
            announce_at_once(scope);
        return;
    }
    task_flush(host);
    if (scope->outer)
        scope_announce_first(scope->outer);
    scope_announce_entry(scope, false, 0);
}

/* ---- exit ---- */

static SELDOM void keep_exit(struct scope *scope, struct task *host, const struct st_scope_exit *event)
{
    scope->left.exited_ns = wall_clock_ns();
    scope->left.counter = event->after;
    scope->left.stack = event->stack;
    scope->left.exception_in = event->exception_in;
    scope->left.outcome = event->outcome;
    if (host && host->raised)
        raised_left(host, scope, event);
}

/* What those who hear of it later must be told: while a request of the scope is open, or may still come. */
void scope_keep_exit(struct scope *scope, struct task *host, const struct st_scope_exit *event)
{
    if (UNLIKELY(scope->cancel_said || event->before || event->after))
        keep_exit(scope, host, event);
}

enum exit_exception scope_exception_in(PyObject *type, PyObject *value)
{
    if (!type || type == Py_None)
        return EXIT_WITH_NONE;
    if (exceptions_is_cancelled(type))
        return EXIT_WITH_CANCELLED;
    if (exceptions_is(type, PyExc_GeneratorExit))
        return EXIT_WITH_GENERATOR_EXIT;
    return value && exceptions_group_holds_cancelled(value) ? EXIT_WITH_CANCELLED_GROUP : EXIT_WITH_OTHER;
}

static SELDOM enum exit_outcome outcome_of_raise(const struct scope_exit *exit)
{
    if (exceptions_is_cancelled(exit->raised_type))
        return EXIT_RAISED_CANCEL;
    if (exceptions_is(exit->raised_type, PyExc_TimeoutError))
        return EXIT_RAISED_TIMEOUT;
    return exit->raised && exceptions_group_holds_cancelled(exit->raised) ? EXIT_RAISED_CANCEL : EXIT_RAISED_OTHER;
}

static enum exit_outcome outcome_of(const struct scope_exit *exit)
{
    if (UNLIKELY(!exit->value))
        return outcome_of_raise(exit);
    return py_true(exit->value) ? EXIT_SWALLOWED : EXIT_PROPAGATED;
}

static bool is_remarkable(const struct st_scope_exit *event, const struct scope *scope)
{
    return event->exception_in != EXIT_WITH_NONE || event->outcome > EXIT_PROPAGATED || event->cancel_called ||
           event->before || event->after || event->task != scope->host_serial || scope->inner;
}

/* Left before those inside it: they are concerned as well. */
static struct scope *innermost_within(struct scope *scope)
{
    while (scope->inner)
        scope = scope->inner;
    return scope;
}

/* A task may have got its name after it was announced. */
static SELDOM void say_names(struct task *host)
{
    PyObject *object = host ? py_weak_get(host->weak) : NULL;

    if (object)
        task_say_name(host, object);
    py_drop(object);
    task_say_current_name();
}

static SELDOM void remark(struct scope *scope, struct task *host, struct st_scope_exit *event,
                          const struct scope_exit *exit)
{
    struct py_work work;

    py_work_begin(&work);
    if (scope->inner && host)
        coroutine_end_settle_all(host);
    scope_announce_first(innermost_within(scope));
    if (event->task != scope->host_serial || scope->inner)
        say_names(host);
    event->stack = trace_tree_stack();
    if (exit->awaiter)
        event->stack = trace_tree_place(event->stack, exit->awaiter, exit->awaiter_at);
    py_work_end(&work);
}

static void say_exit(struct scope *scope, struct task *host, struct st_scope_exit *event,
                     const struct scope_exit *exit)
{
    if (UNLIKELY(is_remarkable(event, scope)))
        remark(scope, host, event, exit);
    else if (UNLIKELY(!scope_is_announced(scope) && recording_knows(scope->announced)))
        scope_announce(scope);
    if (scope_is_announced(scope))
        emit_scope_exit(event);
}

OFTEN void scope_exited(struct scope *scope, const struct scope_exit *exit)
{
    struct task *host = identity_host(scope);
    char raised[TYPE_NAME_BYTES];
    struct st_scope_exit event = {.exception_in = (uint8_t)exit->exception_in,
                                  .outcome = (uint8_t)outcome_of(exit),
                                  .cancel_called = scope_is_cancelled(scope),
                                  .entry = scope->entry,
                                  .before = exit->before,
                                  .scope = scope->serial,
                                  .task = exit->by_task,
                                  .raised = raised};

    raised[0] = '\0';
    if (host && exit->host)
        event.after = task_counter(host, exit->host);
    if (UNLIKELY(!exit->value))
        py_text_attribute(exit->raised_type, "__qualname__", raised, sizeof(raised));
    task_flush(host);
    scope_flush_deliveries(scope);
    say_exit(scope, host, &event, exit);
    /* called in the wrong task or order: it is still there */
    if (exit->value || !attribute_true(&scope->state->active, scope->object)) {
        scope_keep_exit(scope, host, &event);
        identity_leave_scope(scope);
    }
}
