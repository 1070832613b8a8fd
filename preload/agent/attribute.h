/* SPDX-License-Identifier: MIT */
/*
 * An attribute of a class's instances that is read often. Where the class says itself in which place of the
 * instance it is (`__slots__`), it is taken from there, without a look-up.
 *
 * Runs in: the target, GIL held, inside py_work_begin/end: of classes that are not as expected, Python code may
 * run.
 */
#ifndef SCOPETRACE_AGENT_ATTRIBUTE_H
#define SCOPETRACE_AGENT_ATTRIBUTE_H

#include "preload/agent/python_api.h"
#include "preload/agent/seldom.h"

struct attribute {
    PyObject *name;     /* interned, owned; NULL: the instances have none such */
    PyTypeObject *type; /* of which instances the place is known; borrowed */
    Py_ssize_t offset;  /* of the place; 0 = not known */
    bool generic;       /* the class does not say how its attributes are found: whatever subclasses say */
    bool plain;         /* no Python code is run to read it of an instance of exactly that type */
};

/* name may be NULL. */
void attribute_setup(struct attribute *attribute, PyObject *class, const char *name);

/* new, or NULL with no exception set: it is not there. */
APART PyObject *attribute_look_up(const struct attribute *attribute, PyObject *object);

/* Whether it is where attribute_place() takes it from. */
static inline bool attribute_has_place(const struct attribute *attribute, PyObject *object)
{
    return attribute->offset && Py_TYPE(object) == attribute->type;
}

/* borrowed, or NULL: it is not there. */
static inline PyObject *attribute_place(const struct attribute *attribute, PyObject *object)
{
    return *(PyObject **)((char *)object + attribute->offset); /* NOLINT: as the descriptor does */
}

/* The same of an instance of which it is known that each attribute that it has, has its place. */
static inline PyObject *attribute_in_place(const struct attribute *attribute, PyObject *object)
{
    return attribute->offset ? attribute_place(attribute, object) : NULL;
}

/* Whether an attribute's value, borrowed, is true; NULL is not. */
static inline bool attribute_is_true(PyObject *value)
{
    return value && py_true(value);
}

/* borrowed from the instance, or as attribute_get() and then in *ret_owned, too. */
static inline PyObject *attribute_peek(const struct attribute *attribute, PyObject *object, PyObject **ret_owned)
{
    if (attribute_has_place(attribute, object))
        return attribute_place(attribute, object);
    return *ret_owned = attribute->name ? attribute_look_up(attribute, object) : NULL;
}

/* new, or NULL with no exception set: it is not there. */
static inline PyObject *attribute_get(const struct attribute *attribute, PyObject *object)
{
    if (attribute_has_place(attribute, object))
        return py_keep(attribute_place(attribute, object));
    return attribute->name ? attribute_look_up(attribute, object) : NULL;
}

APART bool attribute_look_true(const struct attribute *attribute, PyObject *object);

/* Whether it is there and true. */
static inline bool attribute_true(const struct attribute *attribute, PyObject *object)
{
    if (attribute_has_place(attribute, object)) {
        const PyObject *value = attribute_place(attribute, object);

        if (value == Py_True || value == Py_False || !value)
            return value == Py_True;
    }
    return attribute->name && attribute_look_true(attribute, object);
}

#endif
