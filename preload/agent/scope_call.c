/* SPDX-License-Identifier: MIT */
#include "preload/agent/scope_call.h"

#include "preload/agent/awaitable_proxy.h"
#include "preload/agent/bypass.h"
#include "preload/agent/coroutine_end.h"
#include "preload/agent/hook_registry.h"
#include "preload/agent/recording.h"
#include "preload/agent/running.h"
#include "preload/agent/scope.h"
#include "preload/agent/scope_announce.h"
#include "preload/agent/scope_cancel.h"
#include "preload/agent/scope_found.h"
#include "preload/agent/seldom.h"
#include "preload/agent/task.h"

/* Where the arguments of these methods stand, in every provider. EXIT_VALUE is for those that take a type first.
 */
#define EXIT_TYPE 1
#define EXIT_VALUE 2
#define ONLY_ARGUMENT 1

static void setup_close(struct scope_call *call, PyObject *exception)
{
    call->argument = exception == Py_None ? NULL : exception;
    if (call->argument)
        call->exception_in = (uint8_t)scope_exception_in((PyObject *)Py_TYPE(call->argument), call->argument);
}

static SELDOM void setup_argument(struct scope_call *call, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    if (call->method->operation == SCOPE_EXIT)
        call->exception_in = (uint8_t)scope_exception_in(hook_argument(args, nargsf, kwnames, EXIT_TYPE, NULL),
                                                         hook_argument(args, nargsf, kwnames, EXIT_VALUE, NULL));
    else if (call->method->operation == SCOPE_CLOSE)
        setup_close(call, hook_argument(args, nargsf, kwnames, ONLY_ARGUMENT, "exc"));
    else if (call->method->operation == SCOPE_CANCEL)
        call->argument = hook_argument(args, nargsf, kwnames, ONLY_ARGUMENT, "reason");
    else if (call->method->operation == SCOPE_DELIVER)
        call->argument = hook_argument(args, nargsf, kwnames, ONLY_ARGUMENT, "origin");
}

static bool exits_with_none(const struct scope_call *call, PyObject *const *args, size_t nargsf)
{
    return call->method->operation == SCOPE_EXIT && PyVectorcall_NARGS(nargsf) > EXIT_TYPE &&
           args[EXIT_TYPE] == Py_None;
}

/* Takes down the arguments. */
static void setup(struct scope_call *call, const struct hook *hook, PyObject *const *args, size_t nargsf,
                  PyObject *kwnames)
{
    struct provider_state *state = (struct provider_state *)hook->owner;

    *call =
        (struct scope_call){.provider = state->provider, .state = state, .method = hook->point, .object = args[0]};
    if (call->method->operation != SCOPE_ENTER && !exits_with_none(call, args, nargsf))
        setup_argument(call, args, nargsf, kwnames);
}

/* The task that runs now, of the kind that this scope's are. */
static PyObject *current_task(const struct provider *provider)
{
    return provider->traits & TRAIT_NO_COUNTER ? running_task_of_trio() : running_task();
}

/* Takes over the reference. */
static void set_host(struct scope_call *call, struct task *task, PyObject *host)
{
    call->host = host;
    call->before = task ? task_counter(task, host) : 0;
}

static void set_current_host(struct scope_call *call)
{
    PyObject *current = current_task(call->provider);

    set_host(call, current ? task_announced(current) : NULL, current);
}

static struct scope *begin_enter(struct scope_call *call)
{
    set_current_host(call);
    return identity_living_scope(call->object, call->provider);
}

/* The task that entered the scope is mostly the one that runs. */
static void begin_exit_of(struct scope_call *call, const struct scope *scope)
{
    PyObject *current = running_task();
    struct task *by = current ? task_announced(current) : NULL;
    struct task *host = identity_host(scope);

    call->by_task = by ? by->serial : 0;
    if (host && host == by) {
        set_host(call, host, current);
        return;
    }
    py_drop(current);
    current = host ? py_weak_get(host->weak) : NULL;
    set_host(call, current ? task_announced(current) : NULL, current);
}

/* A scope that was never seen to be entered was entered before the session. */
static struct scope *begin_exit(struct scope_call *call)
{
    struct scope *scope = identity_find_scope(call->object);

    if (!scope || !scope->entry) {
        PyObject *current = current_task(call->provider);

        scope = scope_found(call->object, call->provider, current);
        py_drop(current);
    }
    if (scope)
        begin_exit_of(call, scope);
    return scope;
}

static struct scope *begin_cancel(struct scope_call *call)
{
    struct scope *scope = identity_living_scope(call->object, call->provider);

    if (scope)
        scope_cancelled(scope, call->method->name, call->argument);
    return scope;
}

static struct scope *begin_deliver(struct scope_call *call)
{
    struct scope *scope = identity_scope(call->object, call->provider);
    struct scope *origin = call->argument ? identity_scope(call->argument, call->provider) : scope;

    if (scope && origin) {
        scope_delivers(scope, origin);
        call->operation.origin = origin->serial;
        call->operation.origin_scope = origin;
    }
    return scope;
}

static struct scope *begin_other(struct scope_call *call)
{
    return identity_scope(call->object, call->provider);
}

static struct scope *(*const begin_seldom[])(struct scope_call *call) = {
    [SCOPE_CANCEL] = begin_cancel,
    [SCOPE_DELIVER] = begin_deliver,
    [SCOPE_IMPLICIT_DEADLINE] = begin_other,
    [SCOPE_IMPLICIT_CHILD] = begin_other,
};

static struct scope *begin(struct scope_call *call)
{
    enum scope_operation operation = call->method->operation;

    if (operation == SCOPE_ENTER)
        return begin_enter(call);
    return operation <= SCOPE_CLOSE ? begin_exit(call) : begin_seldom[operation](call);
}

/* An entry or exit for which no Python code runs, unless what it calls says otherwise by its own
 * py_work_begin/end. */
static bool is_plain(const struct scope_call *call)
{
    const struct provider_state *state = call->state;

    return call->method->operation <= SCOPE_EXIT && state->plain &&
           Py_TYPE(call->object) == (PyTypeObject *)state->class && running_is_plain();
}

static void begin_operation(struct scope_call *call, struct scope *scope)
{
    struct operation *operation = &call->operation;

    operation->kind = call->method->operation;
    operation->method = call->method->name;
    operation->scope = scope;
    if (scope)
        operation->serial = scope->serial;
    if (!operation->origin)
        operation->origin = operation->serial;
}

void scope_call_begin(struct scope_call *call)
{
    struct py_work work;

    call->plain = is_plain(call);
    if (!call->plain)
        py_work_begin_clean(&work);
    begin_operation(call, begin(call));
    if (!call->plain)
        py_work_end(&work);
}

void scope_call_begin_hostless(struct scope_call *call)
{
    bool entry = call->method->operation == SCOPE_ENTER;

    call->plain = false;
    begin_operation(call, entry ? identity_living_scope(call->object, call->provider) : begin(call));
    py_drop(call->host);
    call->host = NULL;
}

struct scope *scope_call_scope(const struct scope_call *call)
{
    struct scope *scope = call->operation.scope;

    return scope && scope->serial == call->operation.serial ? scope : NULL;
}

void scope_call_find_host(struct scope_call *call)
{
    const struct scope *scope = scope_call_scope(call);
    const struct task *host = scope ? identity_host(scope) : NULL;

    if (call->method->operation == SCOPE_ENTER)
        set_current_host(call);
    else
        call->host = host ? py_weak_get(host->weak) : NULL;
}

/* A close returns what is left of the exception that it was given. */
static void say_closed(struct scope_exit *exit, PyObject *given)
{
    PyObject *left = exit->value;

    if (left == Py_None || left == given) {
        exit->value = left == Py_None && given ? Py_True : Py_False;
        return;
    }
    exit->value = NULL;
    exit->raised_type = (PyObject *)Py_TYPE(left);
    exit->raised = left;
}

static void end_exit(const struct scope_call *call, struct scope *scope, PyObject *value, PyObject *raised_type,
                     PyObject *raised)
{
    struct scope_exit exit = {.host = call->host,
                              .before = call->before,
                              .by_task = call->awaited ? task_current_serial() : call->by_task,
                              .exception_in = call->exception_in,
                              .value = value,
                              .raised_type = raised_type,
                              .raised = raised,
                              .awaiter = call->awaiter,
                              .awaiter_at = call->awaiter_at};

    if (call->method->operation == SCOPE_CLOSE && value)
        say_closed(&exit, call->argument);
    scope_exited(scope, &exit);
}

static void expect_event(const struct scope_call *call)
{
    if (scope_announce_is_lazy())
        return;
    if (call->method->operation == SCOPE_ENTER)
        emit_expect_scope_enter();
    else
        emit_expect_scope_exit();
}

static void end(struct scope_call *call, PyObject *value, PyObject *raised_type, PyObject *raised)
{
    struct scope *scope = scope_call_scope(call);

    expect_event(call);
    if (scope && call->method->operation != SCOPE_ENTER)
        end_exit(call, scope, value, raised_type, raised);
    else if (scope && value)
        scope_entered(scope, call->host, call->before);
    py_drop(call->host);
    call->host = NULL;
}

void scope_call_end_within(struct scope_call *call, PyObject *value, const struct py_work *work)
{
    end(call, value, work->type, work->value);
}

static void end_in_work(struct scope_call *call, PyObject *value)
{
    struct py_work work;

    py_work_begin(&work);
    scope_call_end_within(call, value, &work);
    py_work_end(&work);
}

void scope_call_end(struct scope_call *call, PyObject *value)
{
    if (call->method->operation > SCOPE_CLOSE)
        return;
    if (!recording_armed) {
        py_drop(call->host);
        call->host = NULL;
    } else if (value && call->plain) {
        end(call, value, NULL, NULL);
    } else {
        end_in_work(call, value);
    }
}

/* ---- what the program put over a hook, and an attach another hook over that: the outer one tells ---- */

static bool is_within_itself(const struct hook *hook, PyObject *object)
{
    const struct provider_method *method = hook->point;
    const struct operation *top = operation_top();

    return top && !top->is_task_cancel && top->method == method->name && top->scope &&
           top->scope->object == object;
}

/* Of what goes over a coroutine's method it is not known, by its code, which method it goes over. */
static SELDOM bool coroutine_is_within_itself(const struct hook *hook, PyObject *object)
{
    const struct scope *scope = identity_find_scope(object);
    struct py_work work;
    bool is;

    py_work_begin_clean(&work);
    is = is_within_itself(hook, object) || (scope && bypass_is_called_by_own(scope));
    py_work_end(&work);
    return is;
}

static bool may_be_covered(void)
{
    return __builtin_expect(hook_registry_covered, 0);
}

/* ---- around the methods ---- */

static PyObject *follow(PyObject *coroutine, const struct hook *hook, PyObject *const *args, size_t nargsf,
                        PyObject *kwnames)
{
    struct scope_call call;

    setup(&call, hook, args, nargsf, kwnames);
    call.awaited = true;
    if (coroutine_end_is_wanted(&call)) {
        coroutine_end_follow(coroutine, &call);
        return coroutine;
    }
    call.operation.suspends = true;
    return awaitable_proxy_new(coroutine, &call);
}

PyObject *scope_call_around(struct hook *hook, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    struct scope_call call;
    PyObject *result;

    if (may_be_covered() && is_within_itself(hook, args[0]))
        return hook_call_original(hook, args, nargsf, kwnames);
    setup(&call, hook, args, nargsf, kwnames);
    scope_call_begin(&call);
    operation_push(&call.operation);
    result = hook_call_original(hook, args, nargsf, kwnames);
    operation_pop(&call.operation);
    /* a plain function that the program put over a coroutine's */
    if (result && PyCoro_CheckExact(result) && call.method->operation <= SCOPE_EXIT && recording_armed) {
        py_drop(call.host);
        return follow(result, hook, args, nargsf, kwnames);
    }
    scope_call_end(&call, result);
    return result;
}

PyObject *scope_call_around_coroutine(struct hook *hook, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyObject *coroutine;

    if (may_be_covered() && coroutine_is_within_itself(hook, args[0]))
        return hook_call_original(hook, args, nargsf, kwnames);
    coroutine = hook_call_original(hook, args, nargsf, kwnames);
    return coroutine && PyCoro_CheckExact(coroutine) ? follow(coroutine, hook, args, nargsf, kwnames) : coroutine;
}
