/* SPDX-License-Identifier: MIT */
#include "preload/agent/scope_call.h"

#include "preload/agent/awaitable_proxy.h"
#include "preload/agent/coroutine_end.h"
#include "preload/agent/scope.h"
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

void scope_call_setup(struct scope_call *call, const struct hook *hook, PyObject *const *args, size_t nargsf,
                      PyObject *kwnames)
{
    *call = (struct scope_call){.provider = hook->owner, .method = hook->point, .object = args[0]};
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

/* The task that runs now, of the kind that this scope's are. */
static PyObject *current_task(const struct provider *provider)
{
    return provider->traits & TRAIT_NO_COUNTER ? task_class_current_trio() : task_class_current();
}

static void set_host(struct scope_call *call, PyObject *host)
{
    struct task *task = host ? task_announced(host) : NULL;

    call->host = host;
    call->before = task ? task_counter(task, host) : 0;
}

static struct scope *begin_enter(struct scope_call *call)
{
    set_host(call, current_task(call->provider));
    return identity_living_scope(call->object, call->provider);
}

/* A scope that was never seen to be entered was entered before the session. */
static struct scope *begin_exit(struct scope_call *call)
{
    struct scope *scope = identity_find_scope(call->object);
    struct task *host;

    if (!scope || !scope->entry) {
        PyObject *current = current_task(call->provider);

        scope = scope_found(call->object, call->provider, current);
        py_drop(current);
    }
    host = scope ? identity_host(scope) : NULL;
    set_host(call, host ? py_weak_get(host->weak) : NULL);
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
    }
    return scope;
}

static struct scope *begin_other(struct scope_call *call)
{
    return identity_scope(call->object, call->provider);
}

static struct scope *(*const begin[])(struct scope_call *call) = {
    [SCOPE_ENTER] = begin_enter,          [SCOPE_EXIT] = begin_exit,       [SCOPE_CLOSE] = begin_exit,
    [SCOPE_CANCEL] = begin_cancel,        [SCOPE_DELIVER] = begin_deliver, [SCOPE_IMPLICIT_DEADLINE] = begin_other,
    [SCOPE_IMPLICIT_CHILD] = begin_other,
};

void scope_call_begin(struct scope_call *call)
{
    struct operation *operation = &call->operation;
    struct py_work work;

    py_work_begin(&work);
    operation->kind = call->method->operation;
    operation->method = call->method->name;
    operation->scope = begin[call->method->operation](call);
    if (operation->scope)
        operation->serial = operation->scope->serial;
    if (!operation->origin)
        operation->origin = operation->serial;
    py_work_end(&work);
}

struct scope *scope_call_scope(const struct scope_call *call)
{
    struct scope *scope = call->operation.scope;

    return scope && scope->serial == call->operation.serial ? scope : NULL;
}

static struct scope_exit_result result_of(const struct scope_call *call, PyObject *value,
                                          const struct py_work *work)
{
    struct scope_exit_result result = {.value = value, .raised_type = work->type, .raised = work->value};

    if (call->method->operation != SCOPE_CLOSE || !value)
        return result;
    if (value == Py_None || value == call->argument)
        result.value = value == Py_None && call->argument ? Py_True : Py_False;
    else
        result = (struct scope_exit_result){.raised_type = (PyObject *)Py_TYPE(value), .raised = value};
    return result;
}

void scope_call_end(struct scope_call *call, PyObject *value)
{
    enum scope_operation kind = call->method->operation;
    struct scope *scope = scope_call_scope(call);
    bool is_exit = kind == SCOPE_EXIT || kind == SCOPE_CLOSE;
    struct scope_exit_result result;
    struct py_work work;

    if (kind != SCOPE_ENTER && !is_exit)
        return;
    py_work_begin(&work);
    result = result_of(call, value, &work);
    if (scope && is_exit)
        scope_exited(scope, call->host, call->before, call->exception_in, &result);
    else if (scope && value)
        scope_entered(scope, call->host, call->before);
    py_drop(call->host);
    call->host = NULL;
    py_work_end(&work);
}

PyObject *scope_call_around(struct hook *hook, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    struct scope_call call;
    PyObject *result;

    scope_call_setup(&call, hook, args, nargsf, kwnames);
    scope_call_begin(&call);
    operation_push(&call.operation);
    result = hook_call_original(hook, args, nargsf, kwnames);
    operation_pop(&call.operation);
    scope_call_end(&call, result);
    return result;
}

PyObject *scope_call_around_coroutine(struct hook *hook, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyObject *coroutine = hook_call_original(hook, args, nargsf, kwnames);
    struct scope_call call;

    if (!coroutine || !PyCoro_CheckExact(coroutine))
        return coroutine;
    scope_call_setup(&call, hook, args, nargsf, kwnames);
    if (coroutine_end_is_wanted(&call)) {
        coroutine_end_follow(coroutine, &call);
        return coroutine;
    }
    call.operation.suspends = true;
    return awaitable_proxy_new(coroutine, &call);
}
