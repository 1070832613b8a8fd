/* SPDX-License-Identifier: MIT */
#include "preload/agent/task_class.h"

#include <stdio.h>

#include "preload/agent/of_interpreter.h"
#include "preload/agent/running.h"
#include "preload/agent/seldom.h"
#include "preload/agent/surprise.h"
#include "preload/agent/task.h"

/* From this version on methods of tasks look what they have. */
#define CAREFUL_VERSION 0x030D0000u

/* The C class first: it is what nearly every task is. */
enum { NATIVE, PYTHON, TRIO, CLASSES };
static struct task_class classes[CLASSES] OF_INTERPRETER;
static PyObject *zero OF_INTERPRETER; /* owned: what most counters are, always the same object */

const struct task_class *task_class_of(PyObject *object)
{
    for (size_t i = 0; i < CLASSES; i++)
        if (classes[i].type && PyObject_TypeCheck(object, classes[i].type))
            return &classes[i];
    return NULL;
}

/* To ask a method for it would be the process's death up to 3.12. */
static PyObject *read_coroutine(const struct task_class *class, PyObject *object)
{
    PyObject *coroutine;

    if (!class->coro)
        return py_ask(class->get_coro, object);
    coroutine = PyObject_CallMethodOneArg(class->coro, names.__get__, object);
    if (!coroutine)
        PyErr_Clear();
    return coroutine;
}

PyObject *task_class_coroutine(const struct task_class *class, PyObject *task)
{
    PyObject *coroutine = read_coroutine(class, task);

    if (coroutine != Py_None)
        return coroutine;
    py_drop(coroutine);
    return NULL;
}

APART bool task_class_is_initialized(PyObject *object)
{
    const struct task_class *class = task_class_of(object);
    PyObject *coroutine = NULL;
    struct py_work work;
    bool is;

    if (!class)
        return false;
    py_work_begin(&work);
    coroutine = task_class_coroutine(class, object);
    is = coroutine != NULL;
    py_drop(coroutine);
    py_work_end(&work);
    return is;
}

static inline PyObject *ask_directly(const struct task_method *method, PyObject *task)
{
    PyObject *answer = method->direct(task, NULL);

    if (UNLIKELY(!answer))
        PyErr_Clear();
    return answer;
}

/* new, or NULL: it raised, or there is no such method. */
static PyObject *ask(const struct task_method *method, PyObject *task)
{
    if (method->direct)
        return ask_directly(method, task);
    return method->object ? py_ask(method->object, task) : NULL;
}

/* Python code may run to tell. */
static SELDOM PyObject *ask_count(const struct task_class *class, PyObject *task)
{
    PyObject *number;
    struct py_work work;

    if (!class->cancelling.object)
        return NULL;
    py_work_begin(&work);
    number = ask(&class->cancelling, task);
    py_work_end(&work);
    return number;
}

OFTEN uint32_t task_class_counter(const struct task_class *class, PyObject *task)
{
    PyObject *number = class->cancelling.direct ? ask_directly(&class->cancelling, task) : ask_count(class, task);
    long value = number && number != zero ? PyLong_AsLong(number) : 0;

    if (UNLIKELY(value < 0))
        PyErr_Clear();
    py_drop(number);
    return value > 0 ? (uint32_t)value : 0;
}

static bool is_so(const struct task_method *method, PyObject *task)
{
    PyObject *answer = ask(method, task);
    bool truth = answer == Py_True;

    py_drop(answer);
    return truth;
}

bool task_class_done(const struct task_class *class, PyObject *task)
{
    return is_so(&class->done, task);
}

enum task_how task_class_how(const struct task_class *class, PyObject *task)
{
    PyObject *exception;
    enum task_how how = TASK_FINISHED;

    if (!is_so(&class->done, task))
        return TASK_OPEN;
    if (is_so(&class->cancelled, task))
        return TASK_CANCELLED;
    /* not exception(): that would count as having retrieved it */
    exception = py_attribute_itself(task, names._exception);
    if (exception && exception != Py_None)
        how = TASK_FAILED;
    py_drop(exception);
    return how;
}

const char *task_class_error(const struct task_class *class, PyObject *task, char *buffer, size_t size)
{
    enum task_how how = task_class_how(class, task);
    PyObject *exception = how == TASK_FAILED ? py_attribute_itself(task, names._exception) : NULL;

    snprintf(buffer, size, "%s", how == TASK_CANCELLED ? "CancelledError" : "");
    if (exception)
        py_text_attribute((PyObject *)Py_TYPE(exception), "__qualname__", buffer, size);
    py_drop(exception);
    return buffer;
}

const char *task_class_name(const struct task_class *class, PyObject *task, char *buffer, size_t size)
{
    PyObject *name = ask(&class->get_name, task);

    py_text(name, buffer, size);
    py_drop(name);
    return buffer;
}

const char *task_class_coroutine_name(PyObject *coroutine, char *buffer, size_t size)
{
    PyObject *name = py_attribute_itself(coroutine, names.__qualname__);

    /* what looks for attributes in C: it may stand for another */
    if (!name && PyType_HasFeature(Py_TYPE(coroutine), Py_TPFLAGS_IMMUTABLETYPE))
        name = py_attribute(coroutine, names.__qualname__);
    if (!name)
        return py_text_attribute((PyObject *)Py_TYPE(coroutine), "__qualname__", buffer, size);
    py_text(name, buffer, size);
    py_drop(name);
    return buffer;
}

static bool find_method(struct task_method *method, PyTypeObject *type, const char *name)
{
    const PyMethodDef *definition;

    method->object = py_attribute_named((PyObject *)type, name);
    definition = method->object ? py_method_definition(type, method->object, name) : NULL;
    if (definition && definition->ml_flags == METH_NOARGS)
        method->direct = definition->ml_meth;
    return method->object;
}

static bool fill(struct task_class *class, PyTypeObject *type)
{
    bool found = find_method(&class->cancelling, type, "cancelling") && find_method(&class->done, type, "done") &&
                 find_method(&class->cancelled, type, "cancelled") &&
                 find_method(&class->get_name, type, "get_name");

    class->get_coro = py_attribute_named((PyObject *)type, "get_coro");
    if (!found || !class->get_coro)
        return false;
    class->type = (PyTypeObject *)py_keep((PyObject *)type);
    if (!zero)
        zero = PyLong_FromLong(0);
    return true;
}

static void hook_class(struct task_class *class, PyObject *type, bool native)
{
    if (class->hooked || !type || !PyType_Check(type))
        return;
    class->hooked = class->type || fill(class, (PyTypeObject *)type);
    if (class->hooked && native && !class->coro && Py_Version < CAREFUL_VERSION)
        class->coro = py_attribute_named(type, "_coro");
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

    if (ready) {
        running_setup(module);
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
        class->get_name.object = py_keep(get_name);
        class->get_coro = py_keep(get_coro);
        running_setup_trio(run_context);
        class->type = (PyTypeObject *)py_keep(type);
    }
    return true;
}

void task_class_unhook(void)
{
    for (size_t i = 0; i < CLASSES; i++) {
        if (classes[i].hooked)
            task_unhook_class(&classes[i]);
        classes[i].hooked = false;
    }
}

void task_class_let_go(void)
{
    for (size_t i = 0; i < CLASSES; i++) {
        struct task_class *class = &classes[i];
        PyObject *owned[] = {(PyObject *)class->type,  class->coro,        class->get_coro,
                             class->cancelling.object, class->done.object, class->cancelled.object,
                             class->get_name.object};

        class->type = NULL;
        class->coro = class->get_coro = NULL;
        class->cancelling.object = class->done.object = class->cancelled.object = class->get_name.object = NULL;
        for (size_t j = 0; j < sizeof(owned) / sizeof(owned[0]); j++)
            py_drop(owned[j]);
    }
}
