/* SPDX-License-Identifier: MIT */
#include "preload/agent/layout.h"

#include "preload/agent/python_api.h"

/* `__basicsize__` and its like; -1: not told. */
static Py_ssize_t number_of(PyTypeObject *type, const char *name)
{
    PyObject *number = py_attribute_named((PyObject *)type, name);
    Py_ssize_t value = number ? PyLong_AsSsize_t(number) : -1;

    if (PyErr_Occurred())
        PyErr_Clear();
    py_drop(number);
    return value;
}

static bool has_same_mro(PyTypeObject *type)
{
    PyObject *told = py_attribute_named((PyObject *)type, "__mro__");
    bool same = told && told == type->tp_mro;

    py_drop(told);
    return same;
}

/* What is between two fields that are in their places is in its own: tp_dict, tp_vectorcall_offset. */
static bool fits(PyTypeObject *type)
{
    return PyType_GetSlot(type, Py_tp_dealloc) == (void *)type->tp_dealloc &&
           PyType_GetSlot(type, Py_tp_getattro) == (void *)type->tp_getattro &&
           PyType_GetSlot(type, Py_tp_traverse) == (void *)type->tp_traverse &&
           PyType_GetSlot(type, Py_tp_base) == (void *)type->tp_base &&
           PyType_GetSlot(type, Py_tp_descr_get) == (void *)type->tp_descr_get &&
           PyType_GetSlot(type, Py_tp_init) == (void *)type->tp_init &&
           PyType_GetSlot(type, Py_tp_finalize) == (void *)type->tp_finalize &&
           PyType_GetFlags(type) == type->tp_flags;
}

static bool has_target_in_place(void)
{
    PyObject *target = (PyObject *)&PyProperty_Type;
    PyObject *weak = PyWeakref_NewRef(target, NULL);
    bool fits = weak && number_of(Py_TYPE(weak), "__basicsize__") >= (Py_ssize_t)sizeof(PyWeakReference) &&
                py_weak_target(weak) == target && py_weak_is(weak, target);

    PyErr_Clear();
    py_drop(weak);
    return fits;
}

bool layout_fits(void)
{
    static PyTypeObject *const types[] = {&PyFunction_Type, &PyCoro_Type, &PyDict_Type, &PyProperty_Type};

    /* by functions alone, before a field is looked at */
    if (number_of(&PyBaseObject_Type, "__basicsize__") != sizeof(PyObject) ||
        number_of(&PyMethodDescr_Type, "__basicsize__") < (Py_ssize_t)sizeof(PyMethodDescrObject) ||
        number_of(&PyDict_Type, "__basicsize__") < (Py_ssize_t)sizeof(PyDictObject) - (Py_ssize_t)sizeof(void *))
        return false;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (!fits(types[i]) || !has_same_mro(types[i]) ||
            number_of(types[i], "__basicsize__") != types[i]->tp_basicsize)
            return false;
    return has_target_in_place();
}
