/* SPDX-License-Identifier: MIT */
#include "preload/agent/interruption.h"

#include <signal.h>
#include <string.h>

#include "preload/agent/code_table.h"
#include "preload/agent/identity.h"

/* How far out the provider's code is looked for: beyond, it is a helper's, called by it. */
#define FRAMES 8u
/* A partial of a bound method of … */
#define WRAPPINGS 4

/* What is called when this is: new, NULL = it is itself called, or cannot be told. */
static PyObject *unwrap(PyObject *callable)
{
    PyObject *inner = NULL;

    if (PyMethod_Check(callable))
        return py_keep(PyMethod_Function(callable));
    if (!strcmp(Py_TYPE(callable)->tp_name, "functools.partial"))
        inner = py_attribute_itself(callable, names.func);
    else if (PyType_HasFeature(Py_TYPE(callable), Py_TPFLAGS_HEAPTYPE))
        inner = py_attribute((PyObject *)Py_TYPE(callable), names.__call__);
    return inner;
}

/* Whether a call of it runs this code. */
static bool leads_to(PyObject *callable, const PyObject *code)
{
    PyObject *now = py_keep(callable);
    bool does = false;

    for (int i = 0; now && !does && i < WRAPPINGS; i++) {
        PyObject *function = PyFunction_Check(now) ? NULL : unwrap(now);

        does = !function && PyFunction_Check(now) && PyFunction_GetCode(now) == code;
        py_drop(now);
        now = function;
    }
    py_drop(now);
    return does;
}

static bool is_signal_handler(const PyObject *code)
{
    PyObject *module = py_module("_signal");
    PyObject *ask = module ? py_attribute_named(module, "getsignal") : NULL;
    bool is = false;

    for (int number = 1; ask && !is && number < NSIG; number++) {
        PyObject *argument = PyLong_FromLong(number);
        PyObject *handler = argument ? py_call(ask, argument) : NULL;

        is = handler && PyCallable_Check(handler) && leads_to(handler, code);
        py_drop(handler);
        py_drop(argument);
    }
    py_forget_exception();
    py_drop(ask);
    return is;
}

static bool is_collectors(PyObject *code)
{
    PyObject *module = py_module("gc");
    PyObject *callbacks = module ? py_attribute_named(module, "callbacks") : NULL;
    char name[16];
    bool is;

    py_text_attribute(code, "co_name", name, sizeof(name));
    is = !strcmp(name, "__del__");
    for (Py_ssize_t i = 0; callbacks && PyList_Check(callbacks) && !is && i < PyList_Size(callbacks); i++)
        is = leads_to(PyList_GetItem(callbacks, i), code);
    py_drop(callbacks);
    return is;
}

bool interruption_is_within(uint32_t frames)
{
    PyFrameObject *frame = (PyFrameObject *)py_keep((PyObject *)PyEval_GetFrame());
    bool is = false;

    for (uint32_t i = 0; frame && i < frames; i++) {
        PyObject *code = (PyObject *)PyFrame_GetCode(frame);
        PyFrameObject *back;

        is = is || is_signal_handler(code) || is_collectors(code);
        py_drop(code);
        back = is ? NULL : PyFrame_GetBack(frame);
        py_drop((PyObject *)frame);
        frame = back;
    }
    py_drop((PyObject *)frame);
    return is;
}

static bool is_of_package(PyFrameObject *frame, uint32_t package)
{
    PyObject *object = (PyObject *)PyFrame_GetCode(frame);
    const struct code *code = code_table_find(object);
    bool is = code && code->package == package;

    py_drop(object);
    return is;
}

/* Of those that run, how many came after the innermost of the package's. */
static uint32_t frames_above(uint32_t package)
{
    PyFrameObject *frame = (PyFrameObject *)py_keep((PyObject *)PyEval_GetFrame());
    uint32_t count = 0;

    while (frame && count < FRAMES && !is_of_package(frame, package)) {
        PyFrameObject *back = PyFrame_GetBack(frame);

        py_drop((PyObject *)frame);
        frame = back;
        count++;
    }
    py_drop((PyObject *)frame);
    return count;
}

bool interruption_is_of(const struct operation *operation)
{
    const struct scope *scope = operation->is_task_cancel ? NULL : operation->scope;
    uint32_t frames;

    if (!scope || scope->serial != operation->serial)
        return false;
    /* in asyncio's own scopes asyncio's own handler is of the same package */
    if (operation_is_called_apart())
        return true;
    frames = frames_above(scope->state->package_number);
    return frames && interruption_is_within(frames);
}
