/* SPDX-License-Identifier: MIT */
#include "preload/agent/bypass.h"

#include "preload/agent/identity.h"
#include "preload/agent/interruption.h"
#include "preload/agent/of_interpreter.h"
#include "preload/agent/pointer_map.h"

/* Eight for each provider that there may be. */
#define METHODS (8 * PROVIDER_MOST)
/* An exit method may do its work in a helper or two of its own. */
#define FRAMES 3
#define FIRST_WITHOUT_SNAPSHOT 0x030D0000u

static struct method {
    PyObject *code; /* owned */
    const struct provider *provider;
    const struct provider_method *method;
} methods[METHODS];
static size_t method_count OF_INTERPRETER;
static struct pointer_map by_code; /* code object → struct method */

void bypass_add_method(PyObject *class, const struct provider *provider, const struct provider_method *method)
{
    PyObject *function = py_attribute_named(class, method->name);
    PyObject *code = function ? py_code_of(function) : NULL;

    if (code && method_count < METHODS && !pointer_map_get(&by_code, code)) {
        struct method *added = &methods[method_count++];

        *added = (struct method){.code = py_keep(code), .provider = provider, .method = method};
        (void)pointer_map_put(&by_code, code, added);
    }
    py_drop(code);
    py_drop(function);
}

void bypass_forget(void)
{
    pointer_map_clear(&by_code);
}

/* Up to 3.12 a frame keeps the dictionary that it was asked for: the variables would live on in it, exceptions in
 * cycles with their tracebacks. When the frame is asked again it fills it anew. Somebody else's is left alone: the
 * references are the frame's and ours. */
static void empty_snapshot(PyObject *locals)
{
    if (Py_Version < FIRST_WITHOUT_SNAPSHOT && PyDict_CheckExact(locals) && Py_REFCNT(locals) == 2)
        PyDict_Clear(locals);
}

PyObject *bypass_local(PyFrameObject *frame, PyObject *name)
{
    PyObject *locals = PyFrame_GetLocals(frame);
    PyObject *value = locals ? PyObject_GetItem(locals, name) : NULL;

    if (!value)
        PyErr_Clear();
    if (locals)
        empty_snapshot(locals);
    py_drop(locals);
    return value;
}

/* What takes any arguments has them in a tuple. */
static PyObject *first_of(PyObject *arguments)
{
    PyObject *first = PyTuple_Size(arguments) ? py_keep(PyTuple_GetItem(arguments, 0)) : NULL;

    py_drop(arguments);
    return first;
}

static PyObject *read_self(PyFrameObject *frame, PyObject *code)
{
    PyObject *variables = py_attribute_named(code, "co_varnames");
    PyObject *self = NULL;

    if (variables && PyTuple_Check(variables) && PyTuple_Size(variables))
        self = bypass_local(frame, PyTuple_GetItem(variables, 0));
    py_drop(variables);
    return self && PyTuple_CheckExact(self) ? first_of(self) : self;
}

PyObject *bypass_exiting(PyFrameObject *frame, const struct provider **ret_provider)
{
    PyObject *code = (PyObject *)PyFrame_GetCode(frame);
    const struct method *method = pointer_map_get(&by_code, code);
    PyObject *self = method && method->method->operation == SCOPE_EXIT ? read_self(frame, code) : NULL;

    if (self)
        *ret_provider = method->provider;
    py_drop(code);
    return self;
}

static uint64_t read_origin(PyFrameObject *frame)
{
    PyObject *name = PyUnicode_FromString("origin");
    PyObject *object = name ? bypass_local(frame, name) : NULL;
    const struct scope *origin = object ? identity_find_scope(object) : NULL;

    py_drop(object);
    py_drop(name);
    return origin ? origin->serial : 0;
}

static bool describe(PyFrameObject *frame, PyObject *code, struct operation *ret_operation)
{
    const struct method *method = pointer_map_get(&by_code, code);
    PyObject *self = method ? read_self(frame, code) : NULL;
    struct scope *scope = self ? identity_scope(self, method->provider) : NULL;

    py_drop(self);
    if (!scope)
        return false;
    *ret_operation = (struct operation){.kind = method->method->operation,
                                        .scope = scope,
                                        .serial = scope->serial,
                                        .origin = scope->serial,
                                        .method = method->method->name};
    if (method->method->operation == SCOPE_DELIVER) {
        uint64_t origin = read_origin(frame);

        ret_operation->origin = origin ? origin : scope->serial;
    }
    return true;
}

static bool find_on_stack(struct operation *ret_operation)
{
    PyFrameObject *frame = (PyFrameObject *)py_keep((PyObject *)PyEval_GetFrame());
    uint32_t depth = 0;
    bool found = false;

    for (; frame && !found && depth < FRAMES; depth++) {
        PyObject *code = (PyObject *)PyFrame_GetCode(frame);
        PyFrameObject *back;

        found = describe(frame, code, ret_operation);
        py_drop(code);
        back = PyFrame_GetBack(frame);
        py_drop((PyObject *)frame);
        frame = back;
    }
    py_drop((PyObject *)frame);
    return found && !(depth > 1 && interruption_is_within(depth - 1));
}

const struct operation *bypass_operation(struct operation *scratch)
{
    const struct operation *top = operation_top();

    if (top && !top->suspends)
        return interruption_is_of(top) ? NULL : top;
    if (find_on_stack(scratch))
        return scratch;
    return top && interruption_is_of(top) ? NULL : top;
}

/* The method of this scope that makes the present call; NULL: none does. */
static const struct provider_method *calling_method(const struct scope *scope)
{
    PyFrameObject *frame = (PyFrameObject *)py_keep((PyObject *)PyEval_GetFrame());
    PyObject *code = frame ? (PyObject *)PyFrame_GetCode(frame) : NULL;
    const struct method *method = code ? pointer_map_get(&by_code, code) : NULL;
    PyObject *self = method ? read_self(frame, code) : NULL;

    py_drop(self);
    py_drop(code);
    py_drop((PyObject *)frame);
    return self && self == scope->object ? method->method : NULL;
}

bool bypass_is_caller(const struct scope *scope, enum scope_operation kind)
{
    const struct provider_method *method = calling_method(scope);

    return method && method->operation == kind;
}

bool bypass_is_called_by_own(const struct scope *scope)
{
    return calling_method(scope);
}
