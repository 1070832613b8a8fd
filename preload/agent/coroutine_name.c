/* SPDX-License-Identifier: MIT */
#include "preload/agent/coroutine_name.h"

#include <string.h>

static coroutine_name_behind behind_of;
/* The interpreter's own, and what its descriptor is led to: they outlive interpreters, as its type does. */
static PyGetSetDef *theirs;
static PyGetSetDef ours;

/* A coroutine may go through the hands of several methods: then behind one such name is another. */
static PyObject **last_behind(PyObject *name)
{
    PyObject **last = behind_of(name);

    for (PyObject **next = last; next; next = behind_of(*last))
        last = next;
    return last;
}

static PyObject *get_name(PyObject *coroutine, void *closure)
{
    PyObject *name = theirs->get(coroutine, closure);
    PyObject **behind = name ? last_behind(name) : NULL;
    PyObject *shown = behind ? py_keep(*behind) : name;

    if (behind)
        py_drop(name);
    return shown;
}

static int set_name(PyObject *coroutine, PyObject *value, void *closure)
{
    PyObject *name = theirs->get(coroutine, closure);
    PyObject **behind = name ? last_behind(name) : NULL;
    PyObject *before = behind && value && PyUnicode_Check(value) ? *behind : NULL;
    int failed = 0;

    if (before) {
        *behind = py_keep(value);
        py_drop(before);
    } else {
        failed = theirs->set(coroutine, value, closure);
    }
    py_drop(name);
    return failed;
}

/* Borrowed, from the type's own dict; NULL, with no exception set. */
static PyGetSetDescrObject *find_descriptor(void)
{
    PyObject *dict = py_attribute((PyObject *)&PyCoro_Type, names.__dict__);
    PyObject *descriptor = dict ? PyObject_GetItem(dict, names.__name__) : NULL;

    if (!descriptor)
        PyErr_Clear();
    py_drop(dict);
    py_drop(descriptor); /* the dict keeps it */
    if (!descriptor || Py_TYPE(descriptor) != &PyGetSetDescr_Type ||
        ((PyGetSetDescrObject *)descriptor)->d_common.d_type != &PyCoro_Type)
        return NULL;
    return (PyGetSetDescrObject *)descriptor;
}

int coroutine_name_setup(coroutine_name_behind behind)
{
    PyGetSetDescrObject *descriptor = find_descriptor();

    if (!descriptor)
        return -1;
    behind_of = behind;
    if (descriptor->d_getset == &ours)
        return 0;
    if (!descriptor->d_getset->get || !descriptor->d_getset->set ||
        strcmp(descriptor->d_getset->name, "__name__") != 0)
        return -1;
    theirs = descriptor->d_getset;
    ours = *theirs;
    ours.get = get_name;
    ours.set = set_name;
    descriptor->d_getset = &ours;
    return 0;
}

PyObject *coroutine_name_get(PyObject *coroutine)
{
    PyObject *name = theirs->get(coroutine, theirs->closure);

    if (!name)
        PyErr_Clear();
    return name;
}

int coroutine_name_set(PyObject *coroutine, PyObject *name)
{
    int failed = theirs->set(coroutine, name, theirs->closure);

    if (failed)
        PyErr_Clear();
    return failed;
}
