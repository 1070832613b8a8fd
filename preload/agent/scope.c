/* SPDX-License-Identifier: MIT */
#include "preload/agent/scope.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "preload/agent/alarm.h"
#include "preload/agent/announcement.h"
#include "preload/agent/bypass.h"
#include "preload/agent/emit.h"
#include "preload/agent/exceptions.h"
#include "preload/agent/maker.h"
#include "preload/agent/raised.h"
#include "preload/agent/recording.h"
#include "preload/agent/seldom.h"
#include "preload/agent/task.h"
#include "preload/agent/trace_tree.h"
#include "preload/agent/wall_clock.h"

#define REASON_BYTES 512u
#define TYPE_NAME_BYTES 128u
/* How many tasks up the announcement of a scope's ancestors goes. */
#define ANCESTOR_DEPTH 32u

/* Event loops keep the time of CLOCK_MONOTONIC. */
static double loop_time(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static bool is_lazy(void)
{
    return emit_flags() & CONTROL_LAZY_SCOPES;
}

/* ---- what the scope object says of itself ---- */

static double number_of(PyObject *when)
{
    double number = PyFloat_AsDouble(when);

    if (number == -1.0 && PyErr_Occurred()) {
        PyErr_Clear();
        return INFINITY;
    }
    return number;
}

static double read_deadline(PyObject *object, const struct attribute *attribute)
{
    PyObject *owned = NULL;
    PyObject *when = attribute_peek(attribute, object, &owned);
    double deadline = when && when != Py_None ? number_of(when) : INFINITY;

    py_drop(owned);
    return isinf(deadline) ? deadline : deadline - loop_time();
}

static SELDOM struct scope *meet_parent(PyObject *object, const struct provider *provider)
{
    struct scope *parent;
    struct py_work work;

    py_work_begin(&work);
    parent = scope_found(object, provider, NULL);
    py_work_end(&work);
    return parent;
}

static struct scope *read_parent(const struct scope *scope, const struct provider_state *state)
{
    PyObject *owned = NULL;
    PyObject *object = attribute_peek(&state->parent, scope->object, &owned);
    struct scope *parent = NULL;

    if (object && object != Py_None && PyObject_TypeCheck(object, (PyTypeObject *)state->class)) {
        parent = identity_find_scope(object);
        if (!parent || !parent->entry)
            parent = meet_parent(object, scope->provider);
    }
    py_drop(owned);
    return parent;
}

static void read_scope(struct scope *scope)
{
    const struct provider_state *state = scope->state;

    scope->shield = attribute_true(&state->shield, scope->object);
    scope->deadline = read_deadline(scope->object, &state->deadline);
    scope->cancelled_before = attribute_true(&state->cancelled, scope->object);
    scope->cancel_said = scope->cancelled_before;
    if (!scope->cancel_said)
        scope->cancelled_ns = 0;
    scope->parent = read_parent(scope, state);
    scope->parent_serial = scope->parent ? scope->parent->serial : 0;
}

static bool is_cancelled(const struct scope *scope)
{
    const struct attribute *cancelled = &scope->state->cancelled;

    return cancelled->name ? attribute_true(cancelled, scope->object) : scope->cancel_said;
}

/* ---- entry ---- */

/* Once more, to those who have not heard it. */
static void say_cancel_again(const struct scope *scope)
{
    struct st_scope_cancel event = {.how = (uint8_t)scope->cancelled.how,
                                    .stack = trace_tree_announce(scope->cancelled.stack),
                                    .scope = scope->serial,
                                    .by_task = scope->cancelled_by,
                                    .cancelled_ns = scope->cancelled_ns};

    if (scope->cancelled_ns)
        emit_scope_cancel(&event);
}

static void say_enter(struct scope *scope, bool statedump, uint64_t entered_ns)
{
    bool cancelled = scope->cancel_said && recording_knows(scope->announced);
    struct st_scope_enter event = {.statedump = statedump,
                                   .shield = scope->shield,
                                   .cancelled = scope->cancelled_before || cancelled,
                                   .entry = scope->entry,
                                   .provider = scope->state->number,
                                   .counter = scope->enter_counter,
                                   .stack = trace_tree_announce(scope->enter_stack),
                                   .scope = scope->serial,
                                   .task = scope->host_serial,
                                   .parent_scope = scope->parent_serial,
                                   .entered_ns = entered_ns,
                                   .deadline = scope->deadline};

    scope->announced = recording_generation;
    emit_scope_enter(&event);
    if (cancelled)
        say_cancel_again(scope);
}

static bool is_announced(const struct scope *scope)
{
    return scope->announced == recording_generation;
}

static void announce_host_scopes(const struct task *host, unsigned depth);

/* What encloses a scope on other tasks, `depth` of them up. */
static void announce_parent(const struct scope *scope, unsigned depth)
{
    const struct scope *parent = scope->parent;

    if (depth && parent && parent->serial == scope->parent_serial && parent->host != scope->host &&
        identity_host(parent))
        announce_host_scopes(identity_host(parent), depth - 1);
}

/* A scope with what encloses it on its own task and on others, outermost first. Programs nest without end: the way
 * out and back is no recursion. */
static void announce(struct scope *scope, unsigned depth)
{
    struct scope *next = NULL;

    for (struct scope *each = scope; each && each->open && !is_announced(each);
         each = identity_host(each) ? each->outer : NULL)
        next = each;
    for (; next; next = next == scope ? NULL : next->inner) {
        announce_parent(next, depth);
        if (is_announced(next))
            continue;
        if (!next->entered_ns)
            next->entered_ns = wall_clock_ns();
        say_enter(next, next->found_open, next->entered_ns);
    }
}

void scope_say_again(struct scope *scope, bool all)
{
    bool known = recording_knows(scope->announced);

    if (all || known)
        announce(scope, ANCESTOR_DEPTH);
}

void scope_say_those_of(const struct task *host)
{
    for (struct scope *scope = host->innermost; scope; scope = scope->outer)
        scope_say_again(scope, false);
}

static void announce_host_scopes(const struct task *host, unsigned depth)
{
    if (host->innermost)
        announce(host->innermost, depth);
}

/* Not lazily they are announced already, but while an announcement is under way. */
void scope_announce_open(const struct task *task)
{
    if (is_lazy() || announcement_is_pending())
        announce_host_scopes(task, ANCESTOR_DEPTH);
}

static void announce_first(struct scope *scope)
{
    if (is_lazy() || announcement_is_pending())
        announce(scope, ANCESTOR_DEPTH);
}

static void open_scope(struct scope *scope, struct task *host, uint32_t counter)
{
    scope->entry++;
    scope->enter_counter = counter;
    scope->announced = 0;
    scope->entered_ns = 0;
    scope->deliver_total = scope->deliver_held = 0;
    scope->left.exited_ns = 0;
    read_scope(scope);
    identity_open_scope(scope, host);
}

static SELDOM void say_delivery(struct scope *scope)
{
    const struct task *host = identity_host(scope);
    struct st_scope_deliver event = {.repeat = scope->deliver_held,
                                     .scope = scope->serial,
                                     .origin = scope->deliver_origin,
                                     .task = host ? host->serial : 0};

    emit_scope_deliver(&event);
    scope->deliver_held = 0;
}

static void flush_delivery(struct scope *scope)
{
    if (scope->deliver_held)
        say_delivery(scope);
}

/* What those who hear of it later must be told: while a request of the scope is open, or may still come. */
static void keep_exit(struct scope *scope, struct task *host, const struct st_scope_exit *event)
{
    if (!scope->cancel_said && !event->before && !event->after)
        return;
    scope->left.exited_ns = wall_clock_ns();
    scope->left.counter = event->after;
    scope->left.stack = event->stack;
    scope->left.exception_in = event->exception_in;
    scope->left.outcome = event->outcome;
    if (host && host->raised)
        raised_left(host, scope, event);
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
    keep_exit(scope, host, &event);
    if (recording_knows(scope->announced))
        announce_first(scope);
    identity_close_scope(scope);
    if (is_announced(scope))
        emit_scope_exit(&event);
}

void scope_vanished(struct scope *scope)
{
    struct py_work work;

    bool unseen = scope->open && scope->found_open;
    bool abandoned = scope->open && !is_announced(scope);

    if (!(unseen || abandoned || scope->deliver_held) || !recording_armed || !emit_enabled())
        return;
    py_work_begin(&work);
    announce_first(scope);
    flush_delivery(scope);
    if (unseen)
        say_unseen_exit(scope);
    py_work_end(&work);
}

/* Closes the scopes of this task that were found open and say themselves that they no longer are. */
static SELDOM void settle_found(const struct task *host)
{
    struct scope *outer;

    for (struct scope *scope = host->innermost; scope; scope = outer) {
        const struct attribute *active = &scope->state->active;

        outer = scope->outer;
        if (scope->found_open && active->name && !scope->gone && !attribute_true(active, scope->object))
            say_unseen_exit(scope);
    }
}

static void settle(const struct task *host)
{
    if (host && host->found_open)
        settle_found(host);
}

void scope_entered(struct scope *scope, PyObject *host_object, uint32_t counter)
{
    struct task *host = host_object ? task_announced(host_object) : NULL;

    settle(host);
    provider_check(scope->state, scope->object);
    open_scope(scope, host, counter);
    scope->enter_stack = maker_stack(scope, trace_tree_caller(scope->state->package_number));
    scope->entered_ns = emit_flags() & (CONTROL_LAZY_SCOPES | CONTROL_AGAIN) ? wall_clock_ns() : 0;
    if (host && host->raised)
        raised_entered(host, scope);
    if (is_lazy()) {
        /* entered under cancellation: what its exit does matters */
        if (counter) {
            struct py_work work;

            py_work_begin(&work);
            announce(scope, ANCESTOR_DEPTH);
            py_work_end(&work);
        }
        return;
    }
    task_flush(host);
    if (scope->outer)
        announce_first(scope->outer);
    say_enter(scope, false, 0);
}

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
    if (scope) {
        open_scope(scope, host, host ? task_counter(host, host_object) : 0);
        scope->found_open = true;
        if (host)
            host->found_open++;
        scope->enter_stack = 0;
        scope->entered_ns = wall_clock_ns();
        say_enter(scope, true, scope->entered_ns);
    }
    py_drop(said_host);
    return scope;
}

/* ---- exit ---- */

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

static enum exit_outcome outcome_of(const struct scope_exit *exit)
{
    if (exit->value)
        return py_true(exit->value) ? EXIT_SWALLOWED : EXIT_PROPAGATED;
    if (exceptions_is_cancelled(exit->raised_type))
        return EXIT_RAISED_CANCEL;
    if (exceptions_is(exit->raised_type, PyExc_TimeoutError))
        return EXIT_RAISED_TIMEOUT;
    return exit->raised && exceptions_group_holds_cancelled(exit->raised) ? EXIT_RAISED_CANCEL : EXIT_RAISED_OTHER;
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

static void say_exit(struct scope *scope, struct st_scope_exit *event)
{
    if (is_remarkable(event, scope)) {
        struct py_work work;

        py_work_begin(&work);
        announce_first(innermost_within(scope));
        event->stack = trace_tree_stack();
        py_work_end(&work);
    } else if (!is_announced(scope) && recording_knows(scope->announced)) {
        announce(scope, ANCESTOR_DEPTH);
    }
    if (is_announced(scope))
        emit_scope_exit(event);
}

void scope_exited(struct scope *scope, const struct scope_exit *exit)
{
    struct task *host = identity_host(scope);
    char raised[TYPE_NAME_BYTES];
    struct st_scope_exit event = {.exception_in = (uint8_t)exit->exception_in,
                                  .outcome = (uint8_t)outcome_of(exit),
                                  .cancel_called = is_cancelled(scope),
                                  .entry = scope->entry,
                                  .before = exit->before,
                                  .scope = scope->serial,
                                  .task = exit->by_task,
                                  .raised = raised};

    raised[0] = '\0';
    if (host && exit->host)
        event.after = task_counter(host, exit->host);
    if (!exit->value)
        py_text_attribute(exit->raised_type, "__qualname__", raised, sizeof(raised));
    task_flush(host);
    flush_delivery(scope);
    say_exit(scope, &event);
    /* called in the wrong task or order: it is still there */
    if (exit->value || !attribute_true(&scope->state->active, scope->object)) {
        keep_exit(scope, host, &event);
        identity_leave_scope(scope);
    }
}

/* ---- cancel and delivery ---- */

static void say_cancel(struct scope *scope, enum cancel_how how, const char *method, PyObject *reason)
{
    char text[REASON_BYTES];
    struct st_scope_cancel event = {.how = (uint8_t)how,
                                    .scope = scope->serial,
                                    .by_task = task_current_serial(),
                                    .method = method,
                                    .reason = py_text(reason, text, sizeof(text))};

    announce_first(scope);
    task_say_current_name();
    flush_delivery(scope);
    scope->deliver_total = 0;
    scope->cancel_said = true;
    event.stack = trace_tree_stack();
    scope->cancelled_ns = wall_clock_ns();
    scope->cancelled_by = event.by_task;
    scope->cancelled = (struct tables_cancel){.stack = event.stack, .how = event.how};
    emit_scope_cancel(&event);
}

/* Whether this scope's method of that kind is what calls. */
static bool is_within(const struct scope *scope, enum scope_operation kind)
{
    const struct operation *top = operation_top();

    return top && !top->is_task_cancel && top->scope == scope && top->kind == kind;
}

/* Trio's CancelReason says what it comes from; AnyIO's reason is a text. */
static enum cancel_how how_cancelled(const struct scope *scope, PyObject *reason)
{
    char source[16] = "";

    if (bypass_is_caller(scope, SCOPE_EXPIRE) || is_within(scope, SCOPE_IMPLICIT_DEADLINE))
        return CANCEL_DEADLINE;
    if (is_within(scope, SCOPE_IMPLICIT_CHILD))
        return CANCEL_CHILD;
    if (reason && scope->provider->traits & TRAIT_NO_COUNTER)
        py_text_attribute(reason, "source", source, sizeof(source));
    if (!strcmp(source, "deadline"))
        return CANCEL_DEADLINE;
    return strcmp(source, "nursery") ? CANCEL_CALLED : CANCEL_CHILD;
}

void scope_cancelled(struct scope *scope, const char *method, PyObject *reason)
{
    if (scope->cancel_said || is_cancelled(scope))
        return;
    say_cancel(scope, how_cancelled(scope, reason), method, reason);
}

void scope_cancelled_implicitly(const struct operation *operation)
{
    bool deadline = operation->kind == SCOPE_IMPLICIT_DEADLINE;
    struct scope *scope = operation->scope;

    if (operation->is_task_cancel || !(deadline || operation->kind == SCOPE_IMPLICIT_CHILD))
        return;
    if (scope->serial == operation->serial && !scope->cancel_said)
        say_cancel(scope, deadline ? CANCEL_DEADLINE : CANCEL_CHILD, operation->method, NULL);
}

void scope_delivers(struct scope *scope, const struct scope *origin)
{
    announce_first(scope);
    if (scope->deliver_origin != origin->serial) {
        flush_delivery(scope);
        scope->deliver_total = 0;
        scope->deliver_origin = origin->serial;
    }
    scope->deliver_total++;
    scope->deliver_held++;
    /* one attempt goes through every scope that is nested in the origin on its task */
    if (scope == origin || scope->host != origin->host)
        alarm_delivery(scope->deliver_total);
    if (!(scope->deliver_total & (scope->deliver_total - 1)))
        flush_delivery(scope);
}
