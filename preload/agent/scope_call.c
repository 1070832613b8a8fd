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
#include "preload/agent/statedump.h"
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

static bool exits_with_none(enum scope_operation operation, PyObject *const *args, size_t nargsf)
{
    return operation == SCOPE_EXIT && PyVectorcall_NARGS(nargsf) > EXIT_TYPE && args[EXIT_TYPE] == Py_None;
}

/* Takes down the arguments. */
static void setup(struct scope_call *call, enum scope_operation operation, const struct hook *hook,
                  PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    struct provider_state *state = (struct provider_state *)hook->owner;

    *call =
        (struct scope_call){.provider = state->provider, .state = state, .method = hook->point, .object = args[0]};
    if (operation != SCOPE_ENTER && UNLIKELY(!exits_with_none(operation, args, nargsf)))
        setup_argument(call, args, nargsf, kwnames);
}

/* The task that runs now, of the kind that this scope's are. */
static PyObject *current_task(const struct provider *provider)
{
    return UNLIKELY(provider->traits & TRAIT_NO_COUNTER) ? running_task_of_trio() : running_task();
}

/* Takes over the reference. */
static void set_host(struct scope_call *call, struct task *task, PyObject *host)
{
    call->host = host;
    call->before = task ? task_counter(task, host) : 0;
}

static struct task *set_current_host(struct scope_call *call)
{
    PyObject *current = current_task(call->provider);
    struct task *task = current ? task_announced(current) : NULL;

    set_host(call, task, current);
    return task;
}

static struct scope *begin_enter(struct scope_call *call)
{
    (void)set_current_host(call);
    return identity_living_scope(call->object, call->provider);
}

/* Another than the one that runs. */
static SELDOM void set_absent_host(struct scope_call *call, const struct task *host)
{
    PyObject *object = host ? py_weak_get(host->weak) : NULL;

    py_drop(call->host);
    set_host(call, object ? task_announced(object) : NULL, object);
}

/* The task that entered the scope is mostly the one that runs. */
static void begin_exit_of(struct scope_call *call, const struct scope *scope)
{
    const struct task *by = set_current_host(call);
    const struct task *host = identity_host(scope);

    call->by_task = by ? by->serial : 0;
    if (UNLIKELY(!host || host != by))
        set_absent_host(call, host);
}

/* A scope that was never seen to be entered was entered before the session. */
static SELDOM struct scope *find_entered(const struct scope_call *call, struct scope *known)
{
    PyObject *current = current_task(call->provider);
    struct scope *scope;

    /* or the program keeps the coroutine of its entry */
    if (known && known->leaving)
        coroutine_end_forget(known);
    scope = scope_found(call->object, call->provider, current);
    py_drop(current);
    return scope;
}

static struct scope *begin_exit(struct scope_call *call)
{
    struct scope *scope = identity_find_scope(call->object);

    if (UNLIKELY(!scope || !scope->entry))
        scope = find_entered(call, scope);
    if (scope)
        begin_exit_of(call, scope);
    return scope;
}

/* While it is still being told what is alive, nobody may have heard yet of a scope that was entered long ago. */
static void meet_host(const struct scope_call *call)
{
    PyObject *host = statedump_is_pending() ? attribute_get(&call->state->host, call->object) : NULL;

    if (host && host != Py_None)
        (void)task_announced(host);
    py_drop(host);
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

static SELDOM struct scope *begin_other_than_exit(struct scope_call *call, enum scope_operation operation)
{
    meet_host(call);
    return begin_seldom[operation](call);
}

static struct scope *begin(struct scope_call *call, enum scope_operation operation)
{
    if (operation == SCOPE_ENTER)
        return begin_enter(call);
    return operation <= SCOPE_CLOSE ? begin_exit(call) : begin_other_than_exit(call, operation);
}

/* An entry or exit for which no Python code runs, unless what it calls says otherwise by its own
 * py_work_begin/end. */
static bool is_plain(const struct scope_call *call, enum scope_operation operation)
{
    const struct provider_state *state = call->state;

    return operation <= SCOPE_EXIT && state->plain && Py_TYPE(call->object) == (PyTypeObject *)state->class &&
           running_is_plain;
}

static void begin_operation(struct scope_call *call, enum scope_operation kind, struct scope *scope)
{
    struct operation *operation = &call->operation;

    operation->kind = kind;
    operation->method = call->method->name;
    operation->scope = scope;
    if (scope)
        operation->serial = scope->serial;
    if (!operation->origin)
        operation->origin = operation->serial;
}

static APART void begin_in_work(struct scope_call *call, enum scope_operation operation)
{
    struct py_work work;

    py_work_begin_clean(&work);
    begin_operation(call, operation, begin(call, operation));
    py_work_end(&work);
}

static void begin_call(struct scope_call *call, enum scope_operation operation)
{
    call->plain = is_plain(call, operation);
    if (call->plain)
        begin_operation(call, operation, begin(call, operation));
    else
        begin_in_work(call, operation);
}

void scope_call_begin(struct scope_call *call)
{
    begin_call(call, call->method->operation);
}

void scope_call_begin_hostless(struct scope_call *call)
{
    enum scope_operation operation = call->method->operation;

    call->plain = false;
    begin_operation(call, operation,
                    operation == SCOPE_ENTER ? identity_living_scope(call->object, call->provider)
                                             : begin(call, operation));
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
        (void)set_current_host(call);
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

static void end_exit(const struct scope_call *call, enum scope_operation operation, struct scope *scope,
                     PyObject *value, PyObject *raised_type, PyObject *raised)
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

    if (UNLIKELY(operation == SCOPE_CLOSE) && value)
        say_closed(&exit, call->argument);
    scope_exited(scope, &exit);
}

static void expect_event(enum scope_operation operation)
{
    if (scope_announce_is_lazy())
        return;
    if (operation == SCOPE_ENTER)
        emit_expect_scope_enter();
    else
        emit_expect_scope_exit();
}

static void end(struct scope_call *call, enum scope_operation operation, PyObject *value, PyObject *raised_type,
                PyObject *raised)
{
    struct scope *scope = scope_call_scope(call);

    expect_event(operation);
    if (scope && operation != SCOPE_ENTER)
        end_exit(call, operation, scope, value, raised_type, raised);
    else if (scope && value)
        scope_entered(scope, call->host, call->before);
    py_drop(call->host);
    call->host = NULL;
}

void scope_call_end_within(struct scope_call *call, PyObject *value, const struct py_work *work)
{
    end(call, call->method->operation, value, work->type, work->value);
}

static APART void end_in_work(struct scope_call *call, PyObject *value)
{
    struct py_work work;

    py_work_begin(&work);
    scope_call_end_within(call, value, &work);
    py_work_end(&work);
}

static void end_call(struct scope_call *call, enum scope_operation operation, PyObject *value)
{
    if (operation > SCOPE_CLOSE)
        return;
    if (UNLIKELY(!recording_armed)) {
        py_drop(call->host);
        call->host = NULL;
    } else if (value && call->plain) {
        end(call, operation, value, NULL, NULL);
    } else {
        end_in_work(call, value);
    }
}

void scope_call_end(struct scope_call *call, PyObject *value)
{
    end_call(call, call->method->operation, value);
}

/* ---- what the program put over a hook, and an attach another hook over that: the outer one tells ---- */

static SELDOM bool is_within_itself(const struct hook *hook, PyObject *object)
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
    return UNLIKELY(hook_registry_covered);
}

/* ---- around the methods ---- */

static PyObject *follow(PyObject *coroutine, const struct hook *hook, PyObject *const *args, size_t nargsf,
                        PyObject *kwnames)
{
    struct scope_call call;

    setup(&call, ((const struct provider_method *)hook->point)->operation, hook, args, nargsf, kwnames);
    call.awaited = true;
    if (coroutine_end_is_wanted(&call)) {
        coroutine_end_follow(coroutine, &call);
        return coroutine;
    }
    call.operation.suspends = true;
    return awaitable_proxy_new(coroutine, &call);
}

static PyObject *around(struct hook *hook, enum scope_operation operation, PyObject *const *args, size_t nargsf,
                        PyObject *kwnames)
{
    struct scope_call call;
    PyObject *result;

    if (may_be_covered() && is_within_itself(hook, args[0]))
        return hook_call_original(hook, args, nargsf, kwnames);
    setup(&call, operation, hook, args, nargsf, kwnames);
    begin_call(&call, operation);
    operation_push(&call.operation);
    result = hook_call_original(hook, args, nargsf, kwnames);
    operation_pop(&call.operation);
    /* a plain function that the program put over a coroutine's */
    if (result && UNLIKELY(PyCoro_CheckExact(result)) && operation <= SCOPE_EXIT && recording_armed) {
        py_drop(call.host);
        return follow(result, hook, args, nargsf, kwnames);
    }
    end_call(&call, operation, result);
    return result;
}

/* Nearly all that programs do with scopes are these two: each is compiled for itself. */

static WHOLE PyObject *around_enter(struct hook *hook, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    return around(hook, SCOPE_ENTER, args, nargsf, kwnames);
}

static WHOLE PyObject *around_exit(struct hook *hook, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    return around(hook, SCOPE_EXIT, args, nargsf, kwnames);
}

static PyObject *around_other(struct hook *hook, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    return around(hook, ((const struct provider_method *)hook->point)->operation, args, nargsf, kwnames);
}

hook_around scope_call_around(enum scope_operation operation)
{
    return operation == SCOPE_ENTER ? around_enter : operation == SCOPE_EXIT ? around_exit : around_other;
}

WHOLE PyObject *scope_call_around_coroutine(struct hook *hook, PyObject *const *args, size_t nargsf,
                                            PyObject *kwnames)
{
    PyObject *coroutine;

    if (may_be_covered() && coroutine_is_within_itself(hook, args[0]))
        return hook_call_original(hook, args, nargsf, kwnames);
    coroutine = hook_call_original(hook, args, nargsf, kwnames);
    return coroutine && PyCoro_CheckExact(coroutine) ? follow(coroutine, hook, args, nargsf, kwnames) : coroutine;
}
