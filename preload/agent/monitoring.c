/* SPDX-License-Identifier: MIT */
#include "preload/agent/monitoring.h"

#include <string.h>

#include "preload/agent/hook.h"
#include "preload/agent/of_interpreter.h"

#define REGISTER "register_callback"
#define TOOLS 6

/* Arguments of sys.monitoring.register_callback(), and of a callback for calls: code, offset, callable, argument.
 */
enum { REGISTER_TOOL, REGISTER_EVENT, REGISTER_CALLBACK, REGISTER_ARGUMENTS };
enum { CALL_CALLABLE = 2, CALL_ARGUMENTS = 4 };

static PyObject *show_call(struct hook *hook, PyObject *const *args, size_t nargsf, PyObject *kwnames);
static PyObject *show_return(struct hook *hook, PyObject *const *args, size_t nargsf, PyObject *kwnames);

static const struct {
    const char *name; /* in sys.monitoring.events */
    hook_around around;
} kinds[] = {{"CALL", show_call}, {"C_RETURN", show_return}, {"C_RAISE", show_return}};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static struct {
    _PyCFunctionFast theirs; /* NULL: not ours yet */
    long events[KINDS];      /* as the callbacks are registered for */
} monitoring OF_INTERPRETER;

static PyMethodDef ours;

/* ---- callbacks ---- */

/* What the program had there: new. */
static PyObject *without_hook(PyObject *callable)
{
    PyObject *function = PyMethod_Check(callable) ? PyMethod_Function(callable) : NULL;

    if (!function || hook_original(function) == function)
        return py_keep(hook_original(callable));
    return PyMethod_New(hook_original(function), PyMethod_Self(callable));
}

static PyObject *show(struct hook *hook, PyObject *const *args, PyObject *callable)
{
    PyObject *shown[CALL_ARGUMENTS];

    memcpy(shown, args, sizeof(shown));
    shown[CALL_CALLABLE] = callable;
    return hook_call_original(hook, shown, CALL_ARGUMENTS, NULL);
}

static PyObject *show_call(struct hook *hook, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyObject *callable, *result;

    if (PyVectorcall_NARGS(nargsf) != CALL_ARGUMENTS || kwnames)
        return hook_call_original(hook, args, nargsf, kwnames);
    callable = without_hook(args[CALL_CALLABLE]);
    result = callable ? show(hook, args, callable) : NULL;
    py_drop(callable);
    return result;
}

/* Whether what is behind a hook is called without a word of C. For a bound one the interpreter has said what it
 * says of any: it is not looked into. */
static bool is_of_python(PyObject *callable)
{
    PyObject *original = hook_original(callable);

    return original != callable && PyFunction_Check(original);
}

static PyObject *show_return(struct hook *hook, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    if (PyVectorcall_NARGS(nargsf) == CALL_ARGUMENTS && is_of_python(args[CALL_CALLABLE]))
        return py_keep(Py_None);
    return show_call(hook, args, nargsf, kwnames);
}

/* ---- their registration ---- */

static hook_around around_of(PyObject *event)
{
    const long wanted = PyLong_Check(event) ? PyLong_AsLong(event) : 0;

    if (PyErr_Occurred())
        PyErr_Clear();
    for (size_t i = 0; i < KINDS; i++)
        if (wanted && wanted == monitoring.events[i])
            return kinds[i].around;
    return NULL;
}

/* new; steals the callback. */
static PyObject *without_ours(PyObject *callback)
{
    const struct hook *hook = callback && hook_original(callback) != callback ? (struct hook *)callback : NULL;
    PyObject *theirs;

    if (!hook || (hook->around != show_call && hook->around != show_return))
        return callback;
    theirs = py_keep(hook->original);
    py_drop(callback);
    return theirs;
}

static PyObject *register_callback(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    const hook_around around = count == REGISTER_ARGUMENTS ? around_of(args[REGISTER_EVENT]) : NULL;
    PyObject *all[REGISTER_ARGUMENTS], *callback = NULL, *before;

    if (around && args[REGISTER_CALLBACK] != Py_None)
        callback = hook_new(args[REGISTER_CALLBACK], around, NULL, &hook_unasked);
    if (!callback)
        return without_ours(monitoring.theirs(module, args, count));
    memcpy(all, args, sizeof(all));
    all[REGISTER_CALLBACK] = callback;
    before = monitoring.theirs(module, all, count);
    py_drop(callback);
    return without_ours(before);
}

/* ---- setting it up ---- */

static long number_of(PyObject *events, const char *name)
{
    PyObject *number = py_attribute_named(events, name);
    long value = number ? PyLong_AsLong(number) : 0;

    if (PyErr_Occurred())
        PyErr_Clear();
    py_drop(number);
    return value;
}

static bool read_events(PyObject *module)
{
    PyObject *events = py_attribute_named(module, "events");
    bool all = events;

    for (size_t i = 0; events && i < KINDS; i++) {
        monitoring.events[i] = number_of(events, kinds[i].name);
        all = all && monitoring.events[i] > 0;
    }
    py_drop(events);
    return all;
}

/* The function stays the one it is: what it is defined by is changed in it, if that is where we think. */
static bool take_over(PyObject *function)
{
    PyMethodDef **definition = &((PyCFunctionObject *)function)->m_ml;

    if (!PyCFunction_Check(function) || PyCFunction_GetFlags(function) != METH_FASTCALL ||
        Py_TYPE(function)->tp_basicsize < (Py_ssize_t)(offsetof(PyCFunctionObject, m_ml) + sizeof(*definition)) ||
        (*definition)->ml_meth != PyCFunction_GetFunction(function) ||
        strcmp((*definition)->ml_name, REGISTER) != 0)
        return false;
    monitoring.theirs = (_PyCFunctionFast)(void (*)(void))(*definition)->ml_meth;
    ours = **definition;
    ours.ml_meth = (PyCFunction)(void (*)(void))register_callback;
    *definition = &ours;
    return true;
}

/* In the place of itself, with a hook around it. */
static void register_again(PyObject *module, PyObject *tool, long event)
{
    PyObject *number = PyLong_FromLong(event);
    PyObject *args[REGISTER_ARGUMENTS] = {tool, number, Py_None};
    PyObject *callback = number ? monitoring.theirs(module, args, REGISTER_ARGUMENTS) : NULL;

    args[REGISTER_CALLBACK] = callback;
    if (callback && callback != Py_None)
        py_drop(register_callback(module, args, REGISTER_ARGUMENTS));
    py_forget_exception();
    py_drop(callback);
    py_drop(number);
}

static void cover_registered(PyObject *module)
{
    PyObject *get_tool = py_attribute_named(module, "get_tool");

    for (long i = 0; get_tool && i < TOOLS; i++) {
        PyObject *tool = PyLong_FromLong(i);
        PyObject *name = tool ? py_call(get_tool, tool) : NULL;

        for (size_t kind = 0; name && name != Py_None && kind < KINDS; kind++)
            register_again(module, tool, monitoring.events[kind]);
        py_drop(name);
        py_drop(tool);
    }
    py_drop(get_tool);
}

void monitoring_setup(void)
{
    PyObject *module = monitoring.theirs ? NULL : PySys_GetObject("monitoring");
    PyObject *function = module ? py_attribute_named(module, REGISTER) : NULL;

    if (function && read_events(module) && take_over(function))
        cover_registered(module);
    py_drop(function);
}
