/* SPDX-License-Identifier: MIT */
#include "preload/agent/maker.h"

#include "preload/agent/hook.h"
#include "preload/agent/of_interpreter.h"
#include "preload/agent/recording.h"
#include "preload/agent/trace_tree.h"

#define MAKERS 4u
/* Before this version calls of functions are inlined whatever the function object says: the scope's __init__ is
 * hooked there, and looks who called. */
#define FIRST_VERSION 0x030C0000u
/* The maker, or what it has the scope made by. */
#define FRAMES 2

static struct maker {
    PyObject *function; /* owned */
    PyObject *code;     /* owned */
    const struct provider *provider;
} makers[MAKERS] OF_INTERPRETER;
static uint32_t count OF_INTERPRETER;
/* What calls Python functions. */
static vectorcallfunc call_function;

static const struct maker *find(PyObject *function)
{
    for (uint32_t i = 0; i < count; i++)
        if (makers[i].function == function)
            return &makers[i];
    return NULL;
}

static void note(const struct maker *maker, PyObject *object)
{
    struct scope *scope = NULL;

    if (maker && PyObject_TypeCheck(object, (PyTypeObject *)provider_state(maker->provider)->class))
        scope = identity_living_scope(object, maker->provider);
    if (scope)
        scope->maker = maker->code;
}

/* ---- by the function ---- */

static PyObject *call(PyObject *function, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyObject *result = call_function(function, args, nargsf, kwnames);

    if (result && recording_wants_event() && !py_work_busy()) {
        struct py_work work;

        py_work_begin(&work);
        note(find(function), result);
        py_work_end(&work);
    }
    return result;
}

/* Where the function object keeps what calls it; NULL: it is no function. */
static vectorcallfunc *caller_of(PyObject *function)
{
    Py_ssize_t offset = PyFunction_Type.tp_vectorcall_offset;

    if (!function || !PyFunction_Check(function) || offset <= 0 || offset >= PyFunction_Type.tp_basicsize)
        return NULL;
    return (vectorcallfunc *)(void *)((char *)function + offset);
}

/* Call sites that are specialized for the function as it was, and would go past us, forget it. */
static bool forget_specialized(PyObject *function)
{
    PyObject *defaults = PyFunction_GetDefaults(function);
    bool done = PyFunction_SetDefaults(function, defaults ? defaults : Py_None) == 0;

    if (!done)
        PyErr_Clear();
    return done;
}

/* False where it is not called as every function is: then it is not what we know, or somebody else's. */
static bool lead_through(PyObject *function, PyObject *other)
{
    vectorcallfunc *caller = caller_of(function);
    const vectorcallfunc *usual = caller_of(other);

    if (!caller || !usual || !*caller || *caller != *usual || !forget_specialized(function))
        return false;
    call_function = *usual;
    *caller = call;
    return true;
}

/* ---- by the scope's __init__ ---- */

static const struct maker *running_maker(void)
{
    PyFrameObject *frame = (PyFrameObject *)py_keep((PyObject *)PyEval_GetFrame());
    const struct maker *found = NULL;

    for (int depth = 0; frame && !found && depth < FRAMES; depth++) {
        PyObject *code = (PyObject *)PyFrame_GetCode(frame);
        PyFrameObject *back = PyFrame_GetBack(frame);

        for (uint32_t i = 0; i < count; i++)
            if (makers[i].code == code)
                found = &makers[i];
        py_drop(code);
        py_drop((PyObject *)frame);
        frame = back;
    }
    py_drop((PyObject *)frame);
    return found;
}

/* Makers say all there is to say by keywords; what makes a scope without a word is none. */
static PyObject *around_init(struct hook *hook, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyObject *result = hook_call_original(hook, args, nargsf, kwnames);

    if (result && kwnames && PyTuple_Size(kwnames) > 1) {
        struct py_work work;

        py_work_begin(&work);
        note(running_maker(), args[0]);
        py_work_end(&work);
    }
    return result;
}

/* ---- either ---- */

static void follow(const struct provider *provider, PyObject *function)
{
    static const struct provider_method init = {.name = "__init__"};
    PyObject *class = provider_state(provider)->class;
    PyObject *other = py_attribute_named(class, init.name);
    PyObject *code = py_code_of(function);
    bool done = code && count < MAKERS;

    if (done && Py_Version < FIRST_VERSION)
        done = hook_python_method(class, init.name, around_init, provider, &init) == 0;
    else if (done)
        done = lead_through(function, other);
    if (done)
        makers[count++] =
            (struct maker){.function = py_keep(function), .code = py_keep(code), .provider = provider};
    py_drop(code);
    py_drop(other);
}

void maker_follow(const struct provider *provider)
{
    PyObject *module = provider->maker_module ? py_module(provider->maker_module) : NULL;

    for (const char *const *name = provider->makers; module && *name; name++) {
        PyObject *function = py_attribute_named(module, *name);

        if (function && !find(function))
            follow(provider, function);
        py_drop(function);
    }
}

uint32_t maker_stack(const struct scope *scope, uint32_t stack)
{
    return scope->maker && stack ? trace_tree_place(stack, scope->maker, 0) : stack;
}
