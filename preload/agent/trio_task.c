/* SPDX-License-Identifier: MIT */
#include "preload/agent/trio_task.h"

#include "preload/agent/exceptions.h"
#include "preload/agent/hook.h"
#include "preload/agent/of_interpreter.h"
#include "preload/agent/providers/provider.h"
#include "preload/agent/recording.h"
#include "preload/agent/task.h"

/* How deep a task's scopes are followed. */
#define CHAIN_LIMIT 256

static bool hooked OF_INTERPRETER;
static PyObject *run_context OF_INTERPRETER; /* trio._core._run.GLOBAL_RUN_CONTEXT */

/* ---- birth and end ---- */

static PyObject *around_spawn(struct hook *hook, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyObject *task = hook_call_original(hook, args, nargsf, kwnames);
    struct py_work work;
    PyObject *coroutine;

    if (!task || !recording_armed)
        return task;
    py_work_begin(&work);
    coroutine = py_attribute_named(task, "coro");
    task_born(task, coroutine);
    py_drop(coroutine);
    py_work_end(&work);
    return task;
}

/* How it ended, by its outcome.Value or outcome.Error. */
static enum task_how how_of(PyObject *outcome)
{
    PyObject *error = outcome ? py_attribute_named(outcome, "error") : NULL;
    enum task_how how = TASK_FINISHED;

    if (error)
        how = exceptions_is_cancelled((PyObject *)Py_TYPE(error)) || exceptions_group_holds_cancelled(error)
                  ? TASK_CANCELLED
                  : TASK_FAILED;
    py_drop(error);
    return how;
}

static PyObject *around_exited(struct hook *hook, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyObject *task = py_keep(hook_argument(args, nargsf, kwnames, 1, "task"));
    PyObject *outcome = hook_argument(args, nargsf, kwnames, 2, "outcome");
    struct py_work work;
    enum task_how how;
    PyObject *result;

    py_work_begin(&work);
    how = how_of(outcome);
    py_work_end(&work);
    result = hook_call_original(hook, args, nargsf, kwnames);
    py_work_begin(&work);
    if (task && recording_armed)
        task_over(task, how);
    py_drop(task);
    py_work_end(&work);
    return result;
}

/* ---- installation ---- */

/* operator.attrgetter(name): asks any object for an attribute, as a method would be asked. */
static PyObject *attribute_getter(const char *name)
{
    PyObject *module = py_import("operator");
    PyObject *function = module ? py_attribute_named(module, "attrgetter") : NULL;
    PyObject *text = function ? PyUnicode_FromString(name) : NULL;
    PyObject *result = text ? py_call(function, text) : NULL;

    if (PyErr_Occurred())
        PyErr_Clear();
    py_drop(text);
    py_drop(function);
    py_drop(module);
    return result;
}

static bool add_class(PyObject *type, PyObject *context)
{
    PyObject *get_name = attribute_getter("name"), *get_coro = attribute_getter("coro");
    bool added = get_name && get_coro && task_class_add_trio(type, get_name, get_coro, context);

    py_drop(get_name);
    py_drop(get_coro);
    return added;
}

static void hook_runner(PyObject *runner)
{
    (void)hook_python_method(runner, "spawn_impl", around_spawn, NULL, NULL);
    (void)hook_python_method(runner, "task_exited", around_exited, NULL, NULL);
}

bool trio_task_hook(void)
{
    PyObject *module = hooked ? NULL : py_module(provider_trio.module);
    bool ready = module && py_module_is_ready(module, "current_effective_deadline");
    PyObject *task = ready ? py_attribute_named(module, "Task") : NULL;
    PyObject *runner = ready ? py_attribute_named(module, "Runner") : NULL;
    PyObject *context = ready ? py_attribute_named(module, "GLOBAL_RUN_CONTEXT") : NULL;

    if (task && runner && context && PyType_Check(runner) && add_class(task, context)) {
        hook_runner(runner);
        if (!run_context)
            run_context = py_keep(context);
    }
    hooked = hooked || ready;
    py_drop(context);
    py_drop(runner);
    py_drop(task);
    return hooked;
}

void trio_task_unhook(void)
{
    hooked = false;
}

/* ---- what is alive ---- */

PyObject *trio_task_all(void)
{
    PyObject *runner = run_context ? py_attribute_named(run_context, "runner") : NULL;
    PyObject *tasks = runner ? py_attribute_named(runner, "tasks") : NULL;

    py_drop(runner);
    return tasks;
}

/* Where the scopes of others begin: those around the nursery that the task was spawned in. */
static PyObject *outer_status(PyObject *task)
{
    PyObject *nursery = py_attribute_named(task, "_parent_nursery");
    PyObject *status = nursery ? py_attribute_named(nursery, "_cancel_status") : NULL;

    py_drop(nursery);
    return status;
}

static PyObject *parent_status(PyObject *status)
{
    PyObject *parent = py_attribute_named(status, "_parent");

    py_drop(status);
    return parent;
}

void trio_task_each_scope(PyObject *task, void (*visit)(PyObject *scope, PyObject *task))
{
    PyObject *chain[CHAIN_LIMIT];
    PyObject *outer = run_context ? outer_status(task) : NULL;
    PyObject *status = run_context ? py_attribute_named(task, "_cancel_status") : NULL;
    int depth = 0;

    while (status && status != Py_None && status != outer && depth < CHAIN_LIMIT) {
        PyObject *scope = py_attribute_named(status, "_scope");

        if (scope)
            chain[depth++] = scope;
        status = parent_status(status);
    }
    py_drop(status);
    py_drop(outer);
    while (depth) {
        visit(chain[--depth], task);
        py_drop(chain[depth]);
    }
}
