/* SPDX-License-Identifier: MIT */
#include "preload/agent/awaitable_proxy.h"

#include <structmember.h>

#include "preload/agent/of_interpreter.h"
#include "preload/agent/surprise.h"

static PyTypeObject *proxy_type OF_INTERPRETER;

struct proxy {
    PyObject ob_base;
    PyObject *weak_list;
    PyObject *coroutine; /* owned */
    PyObject *object;    /* owned: call.object */
    bool begun, over;
    bool running; /* who resumes it then is refused by the coroutine, and nothing begins or ends */
    struct scope_call call;
};

static void resume(struct proxy *proxy)
{
    if (!proxy->begun) {
        proxy->begun = true;
        scope_call_begin(&proxy->call);
    }
    proxy->running = true;
    operation_push(&proxy->call.operation);
}

/* The coroutine is over, and has let go of the object. */
static void finish(struct proxy *proxy, PyObject *value)
{
    PyObject *object = proxy->object;

    proxy->over = true;
    scope_call_end(&proxy->call, value);
    proxy->object = proxy->call.object = NULL;
    py_drop(object);
}

/* The coroutine gave the thread back: `value` is what it returned, NULL if it raised. */
static void suspend(struct proxy *proxy, bool over, PyObject *value)
{
    operation_pop(&proxy->call.operation);
    proxy->running = false;
    if (!over || proxy->over)
        return;
    finish(proxy, value);
}

/* A call of send(), throw() or close() raised: StopIteration is a return. */
static void suspend_raised(struct proxy *proxy)
{
    PyObject *type, *value, *traceback, *returned = NULL;

    if (!PyErr_ExceptionMatches(PyExc_StopIteration)) {
        suspend(proxy, true, NULL);
        return;
    }
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    returned = value ? py_attribute_named(value, "value") : NULL;
    suspend(proxy, true, returned ? returned : Py_None);
    py_drop(returned);
    PyErr_Restore(type, value, traceback);
}

static PySendResult proxy_am_send(PyObject *self, PyObject *argument, PyObject **ret_result)
{
    struct proxy *proxy = (struct proxy *)self;
    PySendResult status;

    if (proxy->running)
        return PyIter_Send(proxy->coroutine, argument, ret_result);
    resume(proxy);
    status = PyIter_Send(proxy->coroutine, argument, ret_result);
    suspend(proxy, status != PYGEN_NEXT, status == PYGEN_RETURN ? *ret_result : NULL);
    return status;
}

static PyObject *proxy_call(PyObject *self, PyObject *name, PyObject *args)
{
    struct proxy *proxy = (struct proxy *)self;
    PyObject *method = PyObject_GetAttr(proxy->coroutine, name);
    PyObject *result;

    if (!method)
        return NULL;
    if (proxy->running) {
        result = PyObject_CallObject(method, args);
    } else {
        resume(proxy);
        result = PyObject_CallObject(method, args);
        if (result)
            suspend(proxy, false, NULL);
        else
            suspend_raised(proxy);
    }
    py_drop(method);
    return result;
}

/* What a coroutine returned, as an exception. */
static void set_returned(PyObject *value)
{
    PyObject *exception = PyObject_CallOneArg(PyExc_StopIteration, value);

    if (exception)
        PyErr_SetObject(PyExc_StopIteration, exception);
    py_drop(exception);
}

/* Not by calling the coroutine's: each such call is a level of recursion. */
static PyObject *proxy_send(PyObject *self, PyObject *value)
{
    PyObject *result;

    if (proxy_am_send(self, value, &result) != PYGEN_RETURN)
        return result;
    if (result == Py_None)
        PyErr_SetNone(PyExc_StopIteration);
    else
        set_returned(result);
    py_drop(result);
    return NULL;
}

static PyObject *proxy_throw(PyObject *self, PyObject *args)
{
    return proxy_call(self, names.throw, args);
}

/* A coroutine that has not begun is closed without running: the scope was never left. */
static PyObject *proxy_close(PyObject *self, PyObject *args)
{
    struct proxy *proxy = (struct proxy *)self;
    PyObject *result;

    if (!proxy->begun || proxy->over || proxy->running)
        return PyObject_CallMethodNoArgs(proxy->coroutine, names.close);
    result = proxy_call(self, names.close, args);
    if (result && !proxy->over)
        finish(proxy, Py_None);
    return result;
}

/* An iterator that ends without an exception returned None: who traces hears of no StopIteration, as when the
 * interpreter itself goes from one coroutine to another. */
static PyObject *proxy_next(PyObject *self)
{
    PyObject *result;

    if (proxy_am_send(self, Py_None, &result) != PYGEN_RETURN)
        return result;
    if (result != Py_None)
        set_returned(result);
    py_drop(result);
    return NULL;
}

static PyObject *proxy_await(PyObject *self)
{
    return py_keep(self);
}

static PyObject *proxy_getattro(PyObject *self, PyObject *name)
{
    static const char *const own[] = {"send", "throw", "close", "__await__", "__iter__", "__next__"};

    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]) && PyUnicode_Check(name); i++)
        if (PyUnicode_CompareWithASCIIString(name, own[i]) == 0)
            return PyObject_GenericGetAttr(self, name);
    return PyObject_GetAttr(((struct proxy *)self)->coroutine, name);
}

static int proxy_setattro(PyObject *self, PyObject *name, PyObject *value)
{
    return PyObject_SetAttr(((struct proxy *)self)->coroutine, name, value);
}

static PyObject *proxy_repr(PyObject *self)
{
    return PyObject_Repr(((struct proxy *)self)->coroutine);
}

static int proxy_traverse(PyObject *self, visitproc visit, void *arg)
{
    struct proxy *proxy = (struct proxy *)self;

    Py_VISIT(proxy->coroutine);
    Py_VISIT(proxy->object);
    Py_VISIT(proxy->call.host);
    Py_VISIT(Py_TYPE(self));
    return 0;
}

static int proxy_clear(PyObject *self)
{
    struct proxy *proxy = (struct proxy *)self;
    PyObject *owned[] = {proxy->coroutine, proxy->object, proxy->call.host};

    proxy->coroutine = proxy->object = proxy->call.host = NULL;
    for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++)
        py_drop(owned[i]);
    return 0;
}

/* Dropped in the middle, as a coroutine may be: what it still runs then is part of the call. */
static void proxy_finalize(PyObject *self)
{
    struct proxy *proxy = (struct proxy *)self;
    PyObject *type, *value, *traceback, *result;

    if (!proxy->begun || proxy->over || !proxy->coroutine)
        return;
    PyErr_Fetch(&type, &value, &traceback);
    result = proxy_close(self, NULL);
    if (!result)
        PyErr_WriteUnraisable(proxy->coroutine);
    py_drop(result);
    PyErr_Restore(type, value, traceback);
}

static void proxy_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    if (PyObject_CallFinalizerFromDealloc(self) < 0)
        return;
    PyObject_GC_UnTrack(self);
    if (((struct proxy *)self)->weak_list)
        PyObject_ClearWeakRefs(self);
    (void)proxy_clear(self);
    PyObject_GC_Del(self);
    py_drop((PyObject *)type);
}

static PyMethodDef proxy_methods[] = {
    {"send", proxy_send, METH_O, NULL},
    {"throw", proxy_throw, METH_VARARGS, NULL},
    {"close", proxy_close, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef proxy_members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(struct proxy, weak_list), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot proxy_slots[] = {
    {Py_tp_methods, proxy_methods},           {Py_tp_members, proxy_members},
    {Py_am_await, (void *)proxy_await},       {Py_am_send, (void *)proxy_am_send},
    {Py_tp_iter, (void *)proxy_await},        {Py_tp_iternext, (void *)proxy_next},
    {Py_tp_getattro, (void *)proxy_getattro}, {Py_tp_setattro, (void *)proxy_setattro},
    {Py_tp_repr, (void *)proxy_repr},         {Py_tp_traverse, (void *)proxy_traverse},
    {Py_tp_clear, (void *)proxy_clear},       {Py_tp_finalize, (void *)proxy_finalize},
    {Py_tp_dealloc, (void *)proxy_dealloc},   {0, NULL},
};

static PyType_Spec proxy_spec = {
    .name = "scopetrace.coroutine",
    .basicsize = sizeof(struct proxy),
    .flags =
        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = proxy_slots,
};

int awaitable_proxy_setup(void)
{
    if (!proxy_type)
        proxy_type = (PyTypeObject *)PyType_FromSpec(&proxy_spec);
    if (!proxy_type)
        PyErr_Clear();
    return proxy_type ? 0 : -1;
}

PyObject *awaitable_proxy_new(PyObject *coroutine, const struct scope_call *call)
{
    struct proxy *proxy = PyObject_GC_New(struct proxy, proxy_type);

    if (!proxy) {
        PyErr_Clear();
        surprise("there was no memory to follow a scope's method");
        return coroutine;
    }
    proxy->weak_list = NULL;
    proxy->coroutine = coroutine;
    proxy->begun = proxy->over = proxy->running = false;
    proxy->call = *call;
    proxy->object = proxy->call.object = py_keep(call->object);
    PyObject_GC_Track((PyObject *)proxy);
    return (PyObject *)proxy;
}
