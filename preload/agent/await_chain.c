/* SPDX-License-Identifier: MIT */
#include "preload/agent/await_chain.h"

#include <string.h>

#include "preload/agent/trace_tree.h"

/* How deep a chain of coroutines is followed. */
#define CHAIN_LIMIT 256
/* Its line is that of the definition. */
#define BEFORE_FIRST_INSTRUCTION (-1)

static int add_referent(PyObject *object, void *list)
{
    return PyList_Append(list, object);
}

PyObject *await_chain_referents(PyObject *object)
{
    traverseproc traverse = (traverseproc)PyType_GetSlot(Py_TYPE(object), Py_tp_traverse);
    PyObject *list = traverse && PyObject_IS_GC(object) ? PyList_New(0) : NULL;

    if (list && traverse(object, add_referent, list) == 0)
        return list;
    PyErr_Clear();
    py_drop(list);
    return NULL;
}

static bool is_of_type(PyObject *object, const char *name)
{
    const char *own = Py_TYPE(object)->tp_name;
    const char *dot = strrchr(own, '.');

    return !strcmp(own, name) || (dot && !strcmp(dot + 1, name));
}

/* What C makes around a coroutine or asynchronous generator has no attribute that leads to it; nor has, without
 * code of the program's, our own awaitable_proxy. */
static PyObject *wrapped_by(PyObject *awaitable)
{
    static const char *const wrappers[] = {"async_generator_asend", "async_generator_athrow", "coroutine_wrapper",
                                           "scopetrace.coroutine"};
    PyObject *referents = NULL;
    PyObject *found = NULL;

    for (size_t i = 0; i < sizeof(wrappers) / sizeof(wrappers[0]) && !referents; i++)
        if (is_of_type(awaitable, wrappers[i]))
            referents = await_chain_referents(awaitable);
    for (Py_ssize_t i = 0; referents && !found && i < PyList_Size(referents); i++) {
        PyObject *referent = PyList_GetItem(referents, i);

        if (PyAsyncGen_CheckExact(referent) || PyCoro_CheckExact(referent))
            found = py_keep(referent);
    }
    py_drop(referents);
    return found;
}

/* What they are called by each kind of awaitable. */
enum { KINDS = 3 };
typedef const char *const kind_names[KINDS];

/* The index of its kind; -1: none of these, but something like it (Cython's), perhaps; KINDS: has none of them. To
 * ask for an attribute that is not there costs as much as all else that is done for a task. */
static int kind_of(PyObject *object)
{
    if (PyCoro_CheckExact(object))
        return 0;
    if (PyGen_CheckExact(object))
        return 1;
    if (PyAsyncGen_CheckExact(object))
        return 2;
    return is_of_type(object, "FutureIter") ? KINDS : -1;
}

/* New, NULL = there is none, or None. */
static PyObject *attribute_if_any(PyObject *object, const char *name)
{
    PyObject *value = name ? py_attribute_named(object, name) : NULL;

    if (value != Py_None)
        return value;
    py_drop(value);
    return NULL;
}

/* An attribute that is found without code of the program's: new, NULL = there is none. */
static PyObject *plain_attribute(PyObject *object, kind_names attributes)
{
    const int kind = kind_of(object);
    PyObject *value = NULL;

    if (kind == KINDS || (getattrofunc)PyType_GetSlot(Py_TYPE(object), Py_tp_getattro) != PyObject_GenericGetAttr)
        return NULL;
    if (kind >= 0)
        return attribute_if_any(object, attributes[kind]);
    for (size_t i = 0; i < KINDS && !value; i++)
        value = attribute_if_any(object, attributes[i]);
    return value;
}

/* Not seen by the caller of its frame: audit hooks hear of who takes a frame. (An asynchronous generator does not
 * say on 3.11; none is met there but behind a coroutine that waits for it.) */
static bool is_running(PyObject *awaitable)
{
    static kind_names running = {"cr_running", "gi_running", NULL}, suspended = {NULL, NULL, "ag_suspended"};
    PyObject *yes = plain_attribute(awaitable, running);
    PyObject *no = yes ? NULL : plain_attribute(awaitable, suspended);
    bool is = yes ? yes == Py_True : no == Py_False;

    py_drop(yes);
    py_drop(no);
    return is;
}

bool await_chain_is_running(const struct task_class *class, PyObject *task)
{
    PyObject *coroutine = task_class_coroutine(class, task);
    bool is = coroutine && is_running(coroutine);

    py_drop(coroutine);
    return is;
}

/* New, NULL = nothing of that kind. One that runs must not be asked: CPython 3.11 and 3.12 look at the instruction
 * behind the present one, which behind a call is no instruction but a count, and where that looks like one they
 * answer with what is no object. */
static PyObject *awaited_by(PyObject *awaitable)
{
    static kind_names attributes = {"cr_await", "gi_yieldfrom", "ag_await"};
    PyObject *awaited = is_running(awaitable) ? NULL : plain_attribute(awaitable, attributes);

    return awaited ? awaited : wrapped_by(awaitable);
}

PyObject *await_chain_frame(PyObject *coroutine)
{
    static kind_names attributes = {"cr_frame", "gi_frame", "ag_frame"};
    PyObject *frame = plain_attribute(coroutine, attributes);

    if (frame && PyFrame_Check(frame))
        return frame;
    py_drop(frame);
    return NULL;
}

void await_chain_each(const struct task_class *class, PyObject *task,
                      void (*visit)(PyObject *awaitable, void *data), void *data)
{
    PyObject *awaitable = task_class_coroutine(class, task);

    for (int depth = 0; awaitable && awaitable != Py_None && depth < CHAIN_LIMIT; depth++) {
        PyObject *inner;

        visit(awaitable, data);
        inner = awaited_by(awaitable);
        py_drop(awaitable);
        awaitable = inner;
    }
    py_drop(awaitable);
}

/* ---- where ---- */

static void extend_stack(PyObject *coroutine, void *data)
{
    uint32_t *node = data;
    PyObject *frame = await_chain_frame(coroutine);
    PyCodeObject *code = frame ? PyFrame_GetCode((PyFrameObject *)frame) : NULL;

    if (code)
        *node = trace_tree_place(*node, (PyObject *)code, PyFrame_GetLasti((PyFrameObject *)frame));
    py_drop((PyObject *)code);
    py_drop(frame);
}

uint32_t await_chain_stack(const struct task_class *class, PyObject *task)
{
    uint32_t node = 0;

    await_chain_each(class, task, extend_stack, &node);
    return node;
}

/* The first of them: its locals come behind it. */
static PyObject *code_among(PyObject *referents)
{
    for (Py_ssize_t i = 0; referents && i < PyList_Size(referents); i++)
        if (PyCode_Check(PyList_GetItem(referents, i)))
            return PyList_GetItem(referents, i);
    return NULL;
}

static void extend_functions(PyObject *awaitable, void *data)
{
    uint32_t *node = data;
    bool has_frame =
        PyCoro_CheckExact(awaitable) || PyGen_CheckExact(awaitable) || PyAsyncGen_CheckExact(awaitable);
    PyObject *referents = has_frame ? await_chain_referents(awaitable) : NULL;
    PyObject *code = code_among(referents);

    if (code)
        *node = trace_tree_place(*node, code, BEFORE_FIRST_INSTRUCTION);
    py_drop(referents);
}

uint32_t await_chain_functions(const struct task_class *class, PyObject *task)
{
    uint32_t node = 0;

    await_chain_each(class, task, extend_functions, &node);
    return node;
}

struct code_search {
    PyObject *code;
    bool found;
};

static void search_code(PyObject *awaitable, void *data)
{
    struct code_search *search = data;
    PyObject *referents = PyCoro_CheckExact(awaitable) ? await_chain_referents(awaitable) : NULL;

    search->found |= referents && code_among(referents) == search->code;
    py_drop(referents);
}

bool await_chain_has(const struct task_class *class, PyObject *task, PyObject *code)
{
    struct code_search search = {.code = code};

    await_chain_each(class, task, search_code, &search);
    return search.found;
}

/* ---- whether something is dealt with ---- */

struct search {
    bool found;  /* an exception */
    bool to_end; /* the last one visited is what a task waits for in the end: nothing was overlooked */
};

static void search_awaitable(PyObject *awaitable, void *data)
{
    struct search *search = data;
    PyObject *referents = await_chain_referents(awaitable);

    for (Py_ssize_t i = 0; referents && !search->found && i < PyList_Size(referents); i++)
        search->found = PyExceptionInstance_Check(PyList_GetItem(referents, i));
    py_drop(referents);
    /* a future of C's, or one of Python's that yields itself, as sleep(0) yields */
    search->to_end = is_of_type(awaitable, "FutureIter") || PyGen_CheckExact(awaitable);
}

enum task_handling await_chain_handling(const struct task_class *class, PyObject *task)
{
    struct search search = {0};

    await_chain_each(class, task, search_awaitable, &search);
    return search.found ? HANDLING_EXCEPTION : search.to_end ? HANDLING_NOTHING : HANDLING_UNKNOWN;
}
