/* SPDX-License-Identifier: MIT */
#include "preload/agent/death.h"

#include "preload/agent/identity.h"
#include "preload/agent/seldom.h"

static WHOLE void finalize(PyObject *object)
{
    identity_scope_dies(object);
}

/* The fields are where this binary believes them to be: the type says so itself. */
static bool slots_are_where_we_think(PyTypeObject *type)
{
    return PyType_GetSlot(type, Py_tp_dealloc) == (void *)type->tp_dealloc &&
           PyType_GetSlot(type, Py_tp_finalize) == (void *)type->tp_finalize;
}

void death_listen(PyObject *class)
{
    const PyTypeObject *usual = py_usual_class();
    PyTypeObject *type = (PyTypeObject *)class;

    /* what deallocates the instances of all classes written in Python calls their finalizers */
    if (PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) && slots_are_where_we_think(type) && !type->tp_finalize &&
        usual && type->tp_dealloc == usual->tp_dealloc)
        type->tp_finalize = finalize;
}

void death_forget(PyObject *class)
{
    PyTypeObject *type = (PyTypeObject *)class;

    if (type->tp_finalize == finalize)
        type->tp_finalize = NULL;
}

OFTEN bool death_is_heard(PyObject *object)
{
    return Py_TYPE(object)->tp_finalize == finalize && !PyObject_GC_IsFinalized(object);
}
