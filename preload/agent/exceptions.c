/* SPDX-License-Identifier: MIT */
#include "preload/agent/exceptions.h"

#include "preload/agent/of_interpreter.h"

#define GROUP_DEPTH 16
/* In all: a group may have the same one many times, and so may the group that has that. */
#define GROUP_MEMBERS 10000u
#define KINDS 2

static const struct {
    const char *module, *name;
} kinds[KINDS] = {{"asyncio.exceptions", "CancelledError"}, {"trio", "Cancelled"}};

static PyObject *cancelled[KINDS] OF_INTERPRETER;

bool exceptions_is(PyObject *type, PyObject *exception)
{
    return PyType_Check(type) && PyType_IsSubtype((PyTypeObject *)type, (PyTypeObject *)exception);
}

static PyObject *find_kind(size_t i)
{
    PyObject *module = cancelled[i] ? NULL : py_module(kinds[i].module);

    if (module)
        cancelled[i] = py_attribute_named(module, kinds[i].name);
    return cancelled[i];
}

bool exceptions_is_cancelled(PyObject *type)
{
    for (size_t i = 0; i < KINDS; i++) {
        PyObject *kind = find_kind(i);

        if (kind && exceptions_is(type, kind))
            return true;
    }
    return false;
}

static bool holds_cancelled(PyObject *value, int depth, uint32_t *left)
{
    PyObject *members;
    bool found = false;

    if (exceptions_is_cancelled((PyObject *)Py_TYPE(value)))
        return true;
    if (!depth || !exceptions_is((PyObject *)Py_TYPE(value), PyExc_BaseExceptionGroup))
        return false;
    members = py_attribute(value, names.exceptions);
    if (members && PyTuple_Check(members))
        for (Py_ssize_t i = 0; !found && *left && i < PyTuple_Size(members); i++) {
            --*left;
            found = holds_cancelled(PyTuple_GetItem(members, i), depth - 1, left);
        }
    py_drop(members);
    return found;
}

bool exceptions_group_holds_cancelled(PyObject *value)
{
    uint32_t left = GROUP_MEMBERS;

    return exceptions_is((PyObject *)Py_TYPE(value), PyExc_BaseExceptionGroup) &&
           holds_cancelled(value, GROUP_DEPTH, &left);
}
