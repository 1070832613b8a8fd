/* SPDX-License-Identifier: MIT */
#include "preload/agent/task_class.h"

#include <string.h>

#include "preload/agent/of_interpreter.h"
#include "preload/agent/surprise.h"
#include "preload/agent/task.h"

/* The C class first: it is what nearly every task is. */
enum { NATIVE, PYTHON, TRIO, CLASSES };
static struct task_class classes[CLASSES] OF_INTERPRETER;

static PyObject *running_loop OF_INTERPRETER, *current_task_function OF_INTERPRETER, *current_tasks OF_INTERPRETER;
static PyObject *trio_context OF_INTERPRETER; /* a threading.local: its `task` is the one that runs */

const struct task_class *task_class_of(PyObject *object)
{
    for (size_t i = 0; i < CLASSES; i++)
        if (classes[i].type && PyObject_TypeCheck(object, classes[i].type))
            return &classes[i];
    return NULL;
}

uint32_t task_class_counter(const struct task_class *class, PyObject *task)
{
    PyObject *number = class->cancelling ? py_call(class->cancelling, task) : NULL;
    long value = number ? PyLong_AsLong(number) : 0;

    if (PyErr_Occurred())
        PyErr_Clear();
    py_drop(number);
    return value > 0 ? (uint32_t)value : 0;
}

static bool ask(PyObject *method, PyObject *task)
{
    PyObject *answer = method ? py_call(method, task) : NULL;
    bool truth = answer == Py_True;

    py_drop(answer);
    return truth;
}

bool task_class_done(const struct task_class *class, PyObject *task)
{
    return ask(class->done, task);
}

enum task_how task_class_how(const struct task_class *class, PyObject *task)
{
    PyObject *exception;
    enum task_how how = TASK_FINISHED;

    if (!ask(class->done, task))
        return TASK_OPEN;
    if (ask(class->cancelled, task))
        return TASK_CANCELLED;
    /* not exception(): that would count as having retrieved it */
    exception = py_attribute(task, names._exception);
    if (exception && exception != Py_None)
        how = TASK_FAILED;
    py_drop(exception);
    return how;
}

const char *task_class_name(const struct task_class *class, PyObject *task, char *buffer, size_t size)
{
    PyObject *name = py_call(class->get_name, task);

    py_text(name, buffer, size);
    py_drop(name);
    return buffer;
}

const char *task_class_coroutine_name(PyObject *coroutine, char *buffer, size_t size)
{
    PyObject *name = py_attribute(coroutine, names.__qualname__);

    if (!name)
        return py_text_attribute((PyObject *)Py_TYPE(coroutine), "__qualname__", buffer, size);
    py_text(name, buffer, size);
    py_drop(name);
    return buffer;
}

static PyObject *call_nothing(PyObject *function)
{
    PyObject *result = function ? PyObject_Vectorcall(function, NULL, 0, NULL) : NULL;

    if (!result)
        PyErr_Clear();
    return result;
}

PyObject *task_class_running_loop(void)
{
    PyObject *loop = call_nothing(running_loop);

    if (loop != Py_None)
        return loop;
    py_drop(loop);
    return NULL;
}

static PyObject *current_asyncio(void)
{
    PyObject *loop = task_class_running_loop();
    PyObject *task = NULL;

    if (loop) {
        if (current_task_function)
            task = py_call(current_task_function, loop);
        else if (current_tasks)
            task = py_keep(PyDict_GetItemWithError(current_tasks, loop));
    }
    if (PyErr_Occurred())
        PyErr_Clear();
    py_drop(loop);
    if (task == Py_None) {
        py_drop(task);
        return NULL;
    }
    return task;
}

PyObject *task_class_current_trio(void)
{
    return trio_context ? py_attribute(trio_context, names.task) : NULL;
}

PyObject *task_class_current(void)
{
    PyObject *task = current_asyncio();

    return task ? task : task_class_current_trio();
}

/* The loop's running task: a C function from 3.12, before that a dict that both implementations share. */
static void find_current_task(PyObject *tasks_module)
{
    PyObject *native = py_module("_asyncio");
    PyObject *events = py_module("asyncio.events");

    running_loop = events ? py_attribute_named(events, "_get_running_loop") : NULL;
    current_task_function = native ? py_attribute_named(native, "current_task") : NULL;
    if (!current_task_function)
        current_tasks = py_attribute_named(tasks_module, "_current_tasks");
    if (current_tasks && !PyDict_Check(current_tasks)) {
        py_drop(current_tasks);
        current_tasks = NULL;
    }
}

static bool fill(struct task_class *class, PyObject *type)
{
    class->cancelling = py_attribute_named(type, "cancelling");
    class->done = py_attribute_named(type, "done");
    class->cancelled = py_attribute_named(type, "cancelled");
    class->get_name = py_attribute_named(type, "get_name");
    class->get_coro = py_attribute_named(type, "get_coro");
    if (!class->cancelling || !class->done || !class->cancelled || !class->get_name || !class->get_coro)
        return false;
    class->type = (PyTypeObject *)py_keep(type);
    return true;
}

static void hook_class(struct task_class *class, PyObject *type, bool native)
{
    if (class->hooked || !type || !PyType_Check(type))
        return;
    class->hooked = class->type || fill(class, type);
    if (class->hooked && task_hook_class(class, native) < 0)
        surprise("the methods of asyncio.Task are not as expected");
}

bool task_class_hook(void)
{
    PyObject *module = py_module("asyncio.tasks");
    PyObject *native_module = py_module("_asyncio");
    PyObject *native = native_module ? py_attribute_named(native_module, "Task") : NULL;
    PyObject *python = module ? py_attribute_named(module, "_PyTask") : NULL;
    bool ready = python && py_module_is_ready(module, "_py_unregister_task");

    if (ready && !running_loop)
        find_current_task(module);
    if (ready) {
        hook_class(&classes[NATIVE], native, true);
        hook_class(&classes[PYTHON], python, false);
    }
    py_drop(native);
    py_drop(python);
    return ready;
}

bool task_class_add_trio(PyObject *type, PyObject *get_name, PyObject *get_coro, PyObject *run_context)
{
    struct task_class *class = &classes[TRIO];

    if (!PyType_Check(type))
        return false;
    if (!class->type) {
        class->get_name = py_keep(get_name);
        class->get_coro = py_keep(get_coro);
        trio_context = py_keep(run_context);
        class->type = (PyTypeObject *)py_keep(type);
    }
    return true;
}

void task_class_let_go(void)
{
    PyObject *owned[] = {running_loop, current_task_function, current_tasks, trio_context};

    running_loop = current_task_function = current_tasks = trio_context = NULL;
    for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++)
        py_drop(owned[i]);
}

void task_class_unhook(void)
{
    for (size_t i = 0; i < CLASSES; i++) {
        if (classes[i].hooked)
            task_unhook_class(&classes[i]);
        classes[i].hooked = false;
    }
}
