/* SPDX-License-Identifier: MIT */
/*
 * The C type `hook`: stands in a class's dict for one of its methods and passes for it. Calls go through an
 * `around` function, everything else (attributes, repr, pickle, signature) to the original.
 *
 * Runs in: the target, GIL held. A hook adds no Python frame. With no session it costs one test and a
 * vectorcall.
 */
#ifndef SCOPETRACE_AGENT_HOOK_H
#define SCOPETRACE_AGENT_HOOK_H

#include "preload/agent/python_api.h"

struct hook;

/* Runs one call: must call the original exactly once, through hook_call_original(), and return its result.
 * args[0] is the receiver. */
typedef PyObject *(*hook_around)(struct hook *hook, PyObject *const *args, size_t nargsf, PyObject *kwnames);

struct hook {
    PyObject ob_base;
    vectorcallfunc vectorcall;
    PyObject *weak_list;
    PyObject *original;  /* owned */
    vectorcallfunc call; /* what calls that */
    hook_around around;
    const void *owner; /* what `around` needs to know: a provider's state, a task class */
    const void *point; /* and of its method */
};

/* The point of a hook that is to be called even from within the work of another: a finalizer's. */
extern const char hook_always;
/* The point of a hook that is called whether anybody records or not. */
extern const char hook_unasked;

/* Creates the type. 0, or -1 with no exception set. */
int hook_setup(void);

/* Whether type.__dict__[name] is a plain method, or hooked already. */
bool hook_may_replace(PyObject *type, const char *name);

/* Puts a hook in the place of type.__dict__[name], for a class that Python code may change. 0; -1 when there
 * is no such plain method, with no exception set. Does nothing if a hook is there already. */
int hook_python_method(PyObject *type, const char *name, hook_around around, const void *owner, const void *point);

/* The same for an immutable type of C. What stands there then is no hook but a descriptor of the same kind as the
 * original, so that even a bound one is the same builtin. */
int hook_native_method(PyTypeObject *type, const char *name, hook_around around, const void *owner,
                       const void *point);
/* The same for `__init__` and its like, the Python side of a slot of that type: makes it stand for the function
 * `ours`, if it stands for `theirs` now. */
int hook_native_slot(PyTypeObject *type, const char *name, void *theirs, void *ours);

/* A hook that stands nowhere yet: new, or NULL with no exception set. */
PyObject *hook_new(PyObject *original, hook_around around, const void *owner, const void *point);
/* What a hook stands for; anything else itself. Borrowed. */
PyObject *hook_original(PyObject *object);
/* Whether this may be replaced by a hook: a method that takes its receiver first, not a property, nor a class or
 * static method. */
bool hook_fits(PyObject *original);

static inline PyObject *hook_call_original(struct hook *hook, PyObject *const *args, size_t nargsf,
                                           PyObject *kwnames)
{
    return hook->call(hook->original, args, nargsf, kwnames);
}

/* Where a Python function keeps what calls it: an offset; 0: this is none, or that is not known. */
Py_ssize_t hook_caller_of(PyObject *function);

/* The argument at `position` (self = 0) or of this keyword: borrowed, NULL = not given. */
PyObject *hook_argument(PyObject *const *args, size_t nargsf, PyObject *kwnames, Py_ssize_t position,
                        const char *keyword);

#endif
