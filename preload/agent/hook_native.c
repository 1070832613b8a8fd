/* SPDX-License-Identifier: MIT */
/*
 * Hooks for the methods of an immutable type of C: genuine descriptors, which call ours. So a bound one is the
 * same builtin as without us, with the same text, and takes no weak reference either.
 */
#include "preload/agent/hook.h"

#include <string.h>

#include "preload/agent/elsewhere.h"
#include "preload/agent/hook_registry.h"
#include "preload/agent/of_interpreter.h"

/* Hooked methods in all; arguments of a call that are copied without allocating. */
#define METHODS 3
#define FEW 8

/* One hooked method. A builtin that was bound before it was unhooked calls it still: never freed. */
struct native {
    PyMethodDef definition;
    PyTypeObject *type;
    PyObject *hook; /* owned */
};

static struct native natives[METHODS];
static size_t native_count OF_INTERPRETER;

static PyObject *call(const struct native *native, PyObject *self, PyObject *const *args, Py_ssize_t given,
                      PyObject *kwnames)
{
    struct hook *hook = (struct hook *)native->hook;
    const size_t count = (size_t)given + (kwnames ? (size_t)PyTuple_Size(kwnames) : 0);
    PyObject *few[FEW];
    PyObject **all = count < FEW ? few : PyMem_Malloc((count + 1) * sizeof(*all));
    PyObject *result;

    if (!all)
        return PyErr_NoMemory();
    all[0] = self;
    if (count)
        memcpy(all + 1, args, count * sizeof(*all));
    if (elsewhere())
        result = hook_call_original(hook, all, (size_t)given + 1, kwnames);
    else
        result = hook->vectorcall(native->hook, all, (size_t)given + 1, kwnames);
    if (all != few)
        PyMem_Free(all);
    return result;
}

/* A function of C for each, as that is all that a builtin has to tell it by. */
#define FUNCTIONS(i)                                                                                              \
    static PyObject *take_any_##i(PyObject *self, PyObject *const *args, Py_ssize_t given, PyObject *kwnames)     \
    {                                                                                                             \
        return call(&natives[i], self, args, given, kwnames);                                                     \
    }                                                                                                             \
    static PyObject *take_none_##i(PyObject *self, PyObject *unused)                                              \
    {                                                                                                             \
        (void)unused;                                                                                             \
        return call(&natives[i], self, NULL, 0, NULL);                                                            \
    }
FUNCTIONS(0)
FUNCTIONS(1)
FUNCTIONS(2)

static const struct {
    _PyCFunctionFastWithKeywords any;
    PyCFunction none;
} functions[METHODS] = {{take_any_0, take_none_0}, {take_any_1, take_none_1}, {take_any_2, take_none_2}};

static struct native *native_of(PyTypeObject *type, const char *name)
{
    for (size_t i = 0; i < native_count; i++)
        if (natives[i].type == type && !strcmp(natives[i].definition.ml_name, name))
            return &natives[i];
    return NULL;
}

/* What calls the original: its function, and not itself, as each call of a descriptor is a level of recursion,
 * which ours has taken already. Arguments have been looked at by then. */
static PyObject *call_any(PyObject *original, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    const PyMethodDef *theirs = ((const PyMethodDescrObject *)original)->d_method;
    _PyCFunctionFastWithKeywords function = (_PyCFunctionFastWithKeywords)(void (*)(void))theirs->ml_meth;

    return function(args[0], args + 1, PyVectorcall_NARGS(nargsf) - 1, kwnames);
}

static PyObject *call_none(PyObject *original, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    (void)nargsf;
    (void)kwnames;
    return ((const PyMethodDescrObject *)original)->d_method->ml_meth(args[0], NULL);
}

static void call_directly(struct hook *hook, const PyMethodDef *theirs)
{
    if (theirs->ml_flags == METH_NOARGS)
        hook->call = call_none;
    else if (theirs->ml_flags == (METH_FASTCALL | METH_KEYWORDS))
        hook->call = call_any;
}

/* The one there was, or a new one; NULL: this cannot be done here. */
static struct native *take_native(PyTypeObject *type, PyObject *original, const char *name, PyObject *hook)
{
    const PyMethodDef *theirs = py_method_definition(type, original, name);
    struct native *native = native_of(type, name);
    const size_t number = native_count;

    if (native || !theirs || number == METHODS)
        return native;
    native = &natives[number];
    native->hook = py_keep(hook);
    call_directly((struct hook *)hook, theirs);
    native->type = type;
    native->definition = *theirs;
    if (theirs->ml_flags & METH_NOARGS) {
        native->definition.ml_meth = functions[number].none;
        native->definition.ml_flags = METH_NOARGS;
    } else {
        native->definition.ml_meth = (PyCFunction)(void (*)(void))functions[number].any;
        native->definition.ml_flags = METH_FASTCALL | METH_KEYWORDS;
    }
    native_count++;
    return native;
}

static int put(PyTypeObject *type, const char *name, PyObject *descriptor, PyObject *original)
{
    const int failed = descriptor ? PyDict_SetItemString(type->tp_dict, name, descriptor) : -1;

    if (failed) {
        PyErr_Clear();
    } else {
        PyType_Modified(type);
        hook_registry_add((PyObject *)type, name, descriptor, original, true);
    }
    py_drop(descriptor);
    return failed;
}

static PyObject *original_of(PyTypeObject *type, const char *name)
{
    return type->tp_dict ? py_item(type->tp_dict, name) : NULL;
}

int hook_native_method(PyTypeObject *type, const char *name, hook_around around, const void *owner,
                       const void *point)
{
    PyObject *original = py_keep(original_of(type, name));
    PyObject *hook = original && hook_fits(original) ? hook_new(original, around, owner, point) : NULL;
    struct native *native = hook ? take_native(type, original, name, hook) : NULL;
    int failed = -1;

    if (native)
        failed = put(type, name, PyDescr_NewMethod(type, &native->definition), original);
    else if (hook)
        failed = put(type, name, py_keep(hook), original);
    py_drop(hook);
    py_drop(original);
    return failed;
}

int hook_native_slot(PyTypeObject *type, const char *name, void *theirs, void *ours)
{
    PyObject *original = py_keep(original_of(type, name));
    const PyWrapperDescrObject *wrapper = (const PyWrapperDescrObject *)original;
    int failed = -1;

    if (original && Py_TYPE(original) == &PyWrapperDescr_Type && wrapper->d_wrapped == theirs)
        failed = put(type, name, PyDescr_NewWrapper(type, wrapper->d_base, ours), original);
    py_drop(original);
    return failed;
}
