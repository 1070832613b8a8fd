/* SPDX-License-Identifier: MIT */
#include "preload/agent/attribute.h"

#include <structmember.h>

/* What the class itself, or one that it is derived from, has under this name: borrowed, NULL = nothing. */
static PyObject *find_in_classes(PyTypeObject *type, PyObject *name)
{
    PyObject *classes = type->tp_mro;

    for (Py_ssize_t i = 0; classes && i < PyTuple_Size(classes); i++) {
        PyObject *dict = py_attribute(PyTuple_GetItem(classes, i), names.__dict__);
        PyObject *found = dict ? PyObject_GetItem(dict, name) : NULL;

        if (!found)
            PyErr_Clear();
        py_drop(dict);
        py_drop(found); /* the class has it still */
        if (found)
            return found;
    }
    return NULL;
}

/* The place that a slot's descriptor names; 0: it is no slot. */
static Py_ssize_t place_of(const PyTypeObject *type, PyObject *descriptor)
{
    const PyMemberDef *member;

    if (!descriptor || Py_TYPE(descriptor) != &PyMemberDescr_Type)
        return 0;
    member = ((const PyMemberDescrObject *)descriptor)->d_member;
    return member->type == T_OBJECT_EX && member->offset > 0 && member->offset < type->tp_basicsize
               ? member->offset
               : 0;
}

void attribute_setup(struct attribute *attribute, PyObject *class, const char *name)
{
    PyObject *found;

    *attribute = (struct attribute){.name = name ? PyUnicode_InternFromString(name) : NULL};
    if (!attribute->name) {
        PyErr_Clear();
        return;
    }
    attribute->type = (PyTypeObject *)class;
    found = find_in_classes(attribute->type, attribute->name);
    attribute->offset = place_of(attribute->type, found);
    attribute->generic = attribute->type->tp_getattro == PyObject_GenericGetAttr;
    attribute->plain = attribute->generic && (!found || attribute->offset);
}

PyObject *attribute_look_up(const struct attribute *attribute, PyObject *object)
{
    return attribute->generic ? py_attribute_itself(object, attribute->name)
                              : py_attribute(object, attribute->name);
}

bool attribute_look_true(const struct attribute *attribute, PyObject *object)
{
    PyObject *value = attribute_get(attribute, object);
    bool truth = value && py_true(value);

    py_drop(value);
    return truth;
}
