/* SPDX-License-Identifier: MIT */
#include "preload/agent/task_counter.h"

#include "preload/agent/alarm.h"
#include "preload/agent/await_chain.h"
#include "preload/agent/bypass.h"
#include "preload/agent/emit.h"
#include "preload/agent/native_stack.h"
#include "preload/agent/operation.h"
#include "preload/agent/raised.h"
#include "preload/agent/recording.h"
#include "preload/agent/scope_announce.h"
#include "preload/agent/scope_cancel.h"
#include "preload/agent/seldom.h"
#include "preload/agent/task.h"
#include "preload/agent/trace_tree.h"
#include "preload/agent/watch.h"

#define MESSAGE_BYTES 512u

/* A Task.cancel() between its two halves. */
struct cancel_call {
    struct task *task;
    PyObject *object;
    uint32_t before;
    struct operation operation;
};

/* What the task was at when it was cancelled. */
struct look {
    uint8_t handling; /* enum task_handling */
    uint32_t waiting; /* a node of the trace tree; 0 = not looked at */
};

static void emit_cancel(const struct task *task, const struct cancel_run *run, bool accepted, uint32_t repeat,
                        const char *message, struct look look)
{
    uint64_t native[NATIVE_STACK_DEPTH];
    struct st_task_cancel event = {.accepted = accepted,
                                   .source = run->source,
                                   .before = run->before,
                                   .after = run->after,
                                   .repeat = repeat,
                                   .stack = trace_tree_announce(run->stack),
                                   .task = task->serial,
                                   .scope = run->scope,
                                   .origin = run->origin,
                                   .by_task = run->by_task,
                                   .via_task = run->via_task,
                                   .message = message,
                                   .native = native,
                                   .handling = look.handling,
                                   .waiting = look.waiting};

    if (emit_flags() & CONTROL_NATIVE_STACK)
        event.native_count = native_stack(native);
    emit_task_cancel(&event);
}

void task_counter_tell(struct task *task)
{
    if (!task->run.held)
        return;
    emit_cancel(task, &task->run, true, task->run.held, NULL, (struct look){0});
    task->run.held = 0;
}

void task_flush(struct task *task)
{
    if (!task)
        return;
    if (UNLIKELY(task->run.held))
        task_counter_tell(task);
    task->run.total = 0;
}

static void flush_one(struct task *task, void *data)
{
    (void)data;
    task_flush(task);
}

void task_flush_all(void)
{
    identity_each_task(flush_one, NULL);
}

static bool same_run(const struct cancel_run *run, const struct cancel_run *now)
{
    return run->total && run->source == now->source && run->stack == now->stack && run->scope == now->scope &&
           run->origin == now->origin && run->by_task == now->by_task && run->via_task == now->via_task &&
           run->after == now->before;
}

/* Where a direct request meets the task: it is nobody's to take back, so that somebody may have to look for who
 * stopped the error. One that has a direct request open may be cleaning up, or have stopped the error and run on:
 * that cannot be seen from its requests. Of a scope's once per run, since it may deliver without end. */
static struct look look_at(const struct task *task, PyObject *object, const struct cancel_run *now)
{
    struct look look = {0};
    bool direct = now->source == SOURCE_DIRECT && !now->via_task;

    if (task->watched && now->before)
        look.handling = (uint8_t)await_chain_handling(task->class, object);
    if (direct || look.handling == HANDLING_NOTHING)
        look.waiting = await_chain_functions(task->class, object);
    return look;
}

/* Holds it back with those before it, and lets all go when their number reaches a power of two. */
static void continue_run(struct task *task, PyObject *object, const struct cancel_run *now, const struct task *by,
                         const struct scope *origin)
{
    struct cancel_run *run = &task->run;

    if (!run->held)
        run->before = now->before;
    run->after = now->after;
    run->held++;
    run->total++;
    raised_add(task, by, origin, NULL);
    if (run->source == SOURCE_SCOPE)
        alarm_delivery(run->total);
    if (run->total & (run->total - 1))
        return;
    emit_cancel(task, run, true, run->held, NULL,
                now->source == SOURCE_SCOPE ? (struct look){0} : look_at(task, object, now));
    run->held = 0;
}

static void begin_run(struct task *task, PyObject *object, const struct cancel_run *now, bool accepted,
                      const struct task *by, const struct scope *origin, PyObject *message)
{
    char buffer[MESSAGE_BYTES];
    const char *text = py_text(message, buffer, sizeof(buffer));

    task_flush(task);
    task_say_name(task, object);
    task_say_current_name();
    task->run = *now;
    task->run.total = accepted ? 1 : 0;
    if (accepted)
        raised_add(task, by, origin, text);
    emit_cancel(task, now, accepted, 1, text, accepted ? look_at(task, object, now) : (struct look){0});
}

/* One that was passed on, too: who passed it on learns of it when this task ends. */
static bool is_watched(const struct cancel_call *call)
{
    uint8_t source = call->operation.cause.source;

    return source == SOURCE_DIRECT || source == SOURCE_INTERRUPT;
}

/* Its request ends with the task. */
static bool is_anothers(const struct task *task, const struct scope *origin)
{
    return origin && origin->host_serial && origin->host_serial != task->serial;
}

static __attribute__((noinline)) void cancel_begin(struct cancel_call *call)
{
    struct operation scratch;
    const struct operation *operation = bypass_operation(&scratch);

    call->task = task_announced(call->object);
    if (!call->task)
        return;
    call->operation.is_task_cancel = true;
    call->operation.task = call->task->serial;
    operation_cause(operation, true, &call->operation.cause);
    if (operation)
        scope_cancelled_implicitly(operation);
    scope_announce_open(call->task);
    call->before = task_counter(call->task, call->object);
}

/* Tasks that wait for one another are cancelled one within the other, thousands of them, and CPython reckons with
 * its own frames alone: what this takes of the stack must not be part of the one that waits for the original. */
static __attribute__((noinline)) void cancel_end(const struct cancel_call *call, PyObject *result,
                                                 PyObject *message)
{
    struct task *task = call->task;
    const struct request_cause *cause = &call->operation.cause;
    bool accepted = result == Py_True;
    const struct task *by = task_current();
    struct cancel_run now = {.source = cause->source,
                             .scope = cause->scope,
                             .origin = cause->origin,
                             .via_task = cause->via_task,
                             .by_task = by ? by->serial : 0,
                             .before = call->before,
                             .after = task_counter(task, call->object)};

    now.stack = trace_tree_stack();
    if (accepted && same_run(&task->run, &now))
        continue_run(task, call->object, &now, by, cause->origin_scope);
    else
        begin_run(task, call->object, &now, accepted, by, cause->origin_scope, message);
    alarm_counter(now.before, now.after);
    if (accepted && is_watched(call))
        watch_add(task);
    else if (accepted && is_anothers(task, cause->origin_scope))
        watch_add_end(task);
}

PyObject *task_counter_around_cancel(struct hook *hook, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    struct cancel_call call = {.object = args[0]};
    struct py_work work;
    PyObject *result;

    py_work_begin(&work);
    cancel_begin(&call);
    py_work_end(&work);
    if (!call.task)
        return hook_call_original(hook, args, nargsf, kwnames);
    operation_push(&call.operation);
    result = hook_call_original(hook, args, nargsf, kwnames);
    operation_pop(&call.operation);
    py_work_begin(&work);
    /* the recording may be over by now, too */
    if (recording_armed && call.task->serial == call.operation.task)
        cancel_end(&call, result, hook_argument(args, nargsf, kwnames, 1, "msg"));
    py_work_end(&work);
    return result;
}

static void say_uncancel(struct task *task, PyObject *object, uint32_t before)
{
    struct request_cause cause;
    struct operation scratch;
    struct st_task_uncancel event = {.before = before,
                                     .after = task_counter(task, object),
                                     .task = task->serial,
                                     .by_task = task_current_serial()};

    operation_cause(bypass_operation(&scratch), false, &cause);
    task_flush(task);
    event.source = cause.source;
    event.scope = cause.scope;
    event.stack = trace_tree_stack();
    raised_take_back(task, event.scope, event.source, event.after);
    emit_task_uncancel(&event);
    if (!event.after)
        watch_remove(task);
}

PyObject *task_counter_around_uncancel(struct hook *hook, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    struct py_work work;
    struct task *task;
    uint64_t serial = 0;
    uint32_t before = 0;
    PyObject *result;

    py_work_begin(&work);
    task = task_announced(args[0]);
    if (task) {
        serial = task->serial;
        before = task_counter(task, args[0]);
    }
    py_work_end(&work);
    result = hook_call_original(hook, args, nargsf, kwnames);
    /* that of a Task in Python may run anything: it may be another's by now */
    if (!task || !result || task->serial != serial || !recording_armed)
        return result;
    py_work_begin(&work);
    say_uncancel(task, args[0], before);
    py_work_end(&work);
    return result;
}
