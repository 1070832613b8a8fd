/* SPDX-License-Identifier: MIT */
/*
 * The part of CPython's C API that the agent uses, made safe for one binary on 3.11 to 3.15.
 *
 * Functions only, where a macro would bake in a layout that changed between versions: reference counts
 * (immortal objects, 3.12; flags beside the count, 3.14), tuple items (cached hash, 3.14). Function names
 * that a version lacks are looked up at run time by python_api_setup().
 *
 * Runs in: the target, GIL held throughout. `new` = the caller owns the reference, `borrowed` = it does not.
 */
#ifndef SCOPETRACE_AGENT_PYTHON_API_H
#define SCOPETRACE_AGENT_PYTHON_API_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "preload/agent/seldom.h"

/* Names that are looked up often: interned once. */
#define PYTHON_NAMES(NAME)                                                                                        \
    NAME(__asyncio_running_event_loop__)                                                                          \
    NAME(__call__)                                                                                                \
    NAME(__class__)                                                                                               \
    NAME(__dict__)                                                                                                \
    NAME(__get__)                                                                                                 \
    NAME(__name__)                                                                                                \
    NAME(__qualname__)                                                                                            \
    NAME(__reduce__)                                                                                              \
    NAME(__reduce_ex__)                                                                                           \
    NAME(_exception)                                                                                              \
    NAME(_initializing)                                                                                           \
    NAME(__spec__)                                                                                                \
    NAME(close)                                                                                                   \
    NAME(coro)                                                                                                    \
    NAME(data)                                                                                                    \
    NAME(eager_start)                                                                                             \
    NAME(exceptions)                                                                                              \
    NAME(func)                                                                                                    \
    NAME(loader)                                                                                                  \
    NAME(task)                                                                                                    \
    NAME(throw)

struct python_names {
#define PYTHON_NAME_MEMBER(name) PyObject *name;
    PYTHON_NAMES(PYTHON_NAME_MEMBER)
};
extern struct python_names names;

/* Interns the names, finds what differs between versions. 0, or -1: this interpreter lacks something. */
int python_api_setup(void);

/* The address of a function or variable that not every version has, into a pointer to it: NULL if this one has
 * not. What was built against one interpreter's headers finds the symbols of another through the loader. */
void py_find_symbol(void *ret_address, const char *name);

/* Takes a reference and returns it; gives one back (NULL allowed). */
static inline PyObject *py_keep(PyObject *object)
{
    Py_IncRef(object);
    return object;
}

static inline void py_drop(PyObject *object)
{
    if (object)
        Py_DecRef(object);
}

/* Forgets the exception that is set: nobody but us asked for what raised it. One that the program's signal handler
 * raised meanwhile, as Python code ran, was not for us: it is raised again when the work is done. */
void py_forget_exception(void);

/* new, or NULL with no exception set. */
PyObject *py_attribute(PyObject *object, PyObject *name);
PyObject *py_attribute_named(PyObject *object, const char *name);
/* The same, past what its class says by __getattribute__ and __getattr__: the program counts such calls, or
 * cancels in them. */
PyObject *py_attribute_itself(PyObject *object, PyObject *name);
/* Whether the attribute is there and true. */
bool py_attribute_true(PyObject *object, PyObject *name);

/* Whether it is true; what cannot tell is not. */
static inline bool py_true(PyObject *value)
{
    int truth;

    if (value == Py_True || value == Py_False || value == Py_None)
        return value == Py_True;
    truth = PyObject_IsTrue(value);
    if (truth < 0)
        py_forget_exception();
    return truth > 0;
}

/* Calls function(argument); new, or NULL with no exception set. */
PyObject *py_call(PyObject *function, PyObject *argument);
/* The same of a function in Python that raises nothing of its own: what does raise there is a signal handler, even
 * if that is an exception of any kind. */
PyObject *py_ask(PyObject *function, PyObject *argument);

/* The code of a function, or of what passes for one: new, or NULL with no exception set. To ask a function for its
 * `__code__` would be an event to audit hooks. */
PyObject *py_code_of(PyObject *function);

/* What a method of C is defined by; NULL: it is none of this type and name, or not laid out as we think. */
const PyMethodDef *py_method_definition(PyTypeObject *type, PyObject *descriptor, const char *name);

/* The modules that are imported: borrowed, valid until the interpreter is gone. To ask it for them is the
 * process's death once it has let go of them. */
PyObject *py_modules(void);

/* Whether the interpreter is ending. */
bool py_is_finalizing(void);

/* A class that is written in Python and has nothing special to it: borrowed, NULL = not known. */
const PyTypeObject *py_usual_class(void);

/* math.inf, by which programs mean no limit: other floats are as infinite. NULL: nobody needed it yet. */
extern PyObject *py_infinity;
void py_find_infinity(void);

/* What a dict has under this name: borrowed, or NULL with no exception set. PyDict_GetItemString() prints what
 * goes wrong, from 3.13 on. */
PyObject *py_item(PyObject *dict, const char *name);

/* A module that is imported already: borrowed, or NULL. One that importlib.util.LazyLoader will execute when it is
 * first asked for something is none yet: that is not for us to do. */
PyObject *py_module(const char *name);
/* Such a one: borrowed, or NULL. It changes its type when it is executed. */
PyObject *py_lazy_module(const char *name);

/* The same, imported if it is not yet: new, or NULL with no exception set. */
PyObject *py_import(const char *name);

/* Whether a module has run to its end, or at least as far as the definition of `last`. */
bool py_module_is_ready(PyObject *module, const char *last);

/* A weak reference: new, or NULL with no exception set. Python's collector has nothing to do with it: of each task
 * there is one, and what is new to the collector is what has it walk over everything. */
PyObject *py_weak_new(PyObject *object);
/* The object that a weak reference stands for, NULL when it is gone. For comparison only: not to be used. */
const PyObject *py_weak_target(PyObject *weak);
/* Whether it stands for this object, which lives: read in place, as many are compared for one call stack. */
static inline bool py_weak_is(const PyObject *weak, const PyObject *object)
{
    return weak && ((const PyWeakReference *)weak)->wr_object == object;
}
/* The same as above, to be used: new, or NULL. */
PyObject *py_weak_get(PyObject *weak);

/* Copies a str as UTF-8 into buffer, cut to its size at a character's boundary; anything that is not a str
 * gives "". Returns buffer. */
const char *py_text(PyObject *text, char *buffer, size_t size);
/* The same of an attribute. */
const char *py_text_attribute(PyObject *object, const char *name, char *buffer, size_t size);

/* What a hook must leave as it found it: errno, the raised exception. `begun` guards against hooks that are
 * reached from the work of a hook; debuggers and profilers hear nothing of what is called within. */
struct py_work {
    PyObject *type, *value, *traceback;
    PyThreadState *thread;
    uint32_t *begun; /* this thread's */
    int saved_errno;
};
void py_work_begin(struct py_work *work);
/* The same where no exception can be set: before the original of a hook, or when it returned something. */
APART void py_work_begin_clean(struct py_work *work);
void py_work_end(struct py_work *work);

/* How often threads, all together, are between the two: mostly not at all. */
extern uint32_t py_work_threads;
/* In a forked child, at once: this is the only thread. */
void py_work_forked(void);
SELDOM bool py_work_busy_here(void);
/* Whether this thread is. */
static inline bool py_work_busy(void)
{
    return UNLIKELY(py_work_threads) && py_work_busy_here();
}

#endif
