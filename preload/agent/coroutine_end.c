/* SPDX-License-Identifier: MIT */
#include "preload/agent/coroutine_end.h"

#include <stdlib.h>

#include "preload/agent/coroutine_name.h"
#include "preload/agent/identity.h"
#include "preload/agent/of_interpreter.h"
#include "preload/agent/pointer_map.h"
#include "preload/agent/recording.h"
#include "preload/agent/surprise.h"

/* The first version whose coroutines are walked through from outside. */
#define FIRST_VERSION 0x030E0000u

static PyTypeObject *name_type OF_INTERPRETER;
static destructor str_dealloc OF_INTERPRETER;
static struct pointer_map followed; /* name → struct following */

struct following {
    struct scope_call call;
    PyObject *shown; /* owned: the name that the program sees */
};

/* Nothing here keeps an object alive: the collector could not see it. */
static PyObject *borrow_host(const struct scope_call *call)
{
    const struct scope *scope = scope_call_scope(call);
    const struct task *host = scope ? identity_host(scope) : NULL;

    return host ? py_weak_get(host->weak) : NULL;
}

/* A coroutine that was never awaited has left nothing. The object may have gone with the coroutine's frame: then
 * it had been. */
static bool has_begun(const struct scope_call *call)
{
    const struct scope *scope = scope_call_scope(call);
    PyObject *object = scope && scope->weak ? py_weak_get(scope->weak) : NULL;
    bool begun = !object || !call->provider->attributes.exiting ||
                 attribute_true(&provider_state(call->provider)->exiting, object);

    py_drop(object);
    return begun;
}

static void end(struct scope_call *call)
{
    bool raised = PyErr_Occurred();
    PyObject *swallowed = call->exception_in == EXIT_WITH_NONE ? Py_None : Py_True;
    struct py_work work;
    bool begun;

    py_work_begin(&work);
    begun = has_begun(call);
    call->host = begun ? borrow_host(call) : NULL;
    py_work_end(&work);
    if (begun)
        scope_call_end(call, raised ? NULL : swallowed);
}

static void name_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    struct following *following = pointer_map_remove(&followed, self);

    if (following && recording_armed)
        end(&following->call);
    if (following)
        py_drop(following->shown);
    free(following);
    str_dealloc(self);
    py_drop((PyObject *)type);
}

/* Copied and pickled as the str that it passes for. */
static PyObject *name_reduce(PyObject *self, PyObject *unused)
{
    PyObject *text = PyUnicode_FromObject(self);
    PyObject *reduced = text ? Py_BuildValue("O(O)", &PyUnicode_Type, text) : NULL;

    (void)unused;
    Py_XDECREF(text);
    return reduced;
}

static PyMethodDef name_methods[] = {
    {"__reduce_ex__", name_reduce, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot name_slots[] = {
    {Py_tp_dealloc, (void *)name_dealloc},
    {Py_tp_methods, name_methods},
    {0, NULL},
};

static PyType_Spec name_spec = {
    .name = "scopetrace.str",
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = name_slots,
};

static PyObject **name_behind(PyObject *name)
{
    struct following *following = Py_TYPE(name) == name_type ? pointer_map_get(&followed, name) : NULL;

    return following ? &following->shown : NULL;
}

int coroutine_end_setup(void)
{
    if (name_type || Py_Version < FIRST_VERSION)
        return 0;
    if (coroutine_name_setup(name_behind) < 0)
        return -1;
    str_dealloc = (destructor)PyType_GetSlot(&PyUnicode_Type, Py_tp_dealloc);
    name_type = (PyTypeObject *)PyType_FromSpecWithBases(&name_spec, (PyObject *)&PyUnicode_Type);
    if (!name_type)
        PyErr_Clear();
    return name_type ? 0 : -1;
}

bool coroutine_end_is_wanted(const struct scope_call *call)
{
    return name_type && call->method->operation == SCOPE_EXIT && call->provider->returns_to_swallow;
}

/* A name of its own, which is not shown: 0, or -1 with no exception set. Takes `following` over at 0. */
static int give_name(PyObject *coroutine, struct following *following)
{
    PyObject *own = following->shown ? py_call((PyObject *)name_type, following->shown) : NULL;
    int failed = own ? PyObject_SetAttr(coroutine, names.__name__, own) : -1;

    if (own && failed)
        PyErr_Clear();
    if (!failed)
        failed = pointer_map_put(&followed, own, following);
    py_drop(own);
    return failed;
}

void coroutine_end_follow(PyObject *coroutine, const struct scope_call *call)
{
    struct following *kept = malloc(sizeof(*kept));
    struct py_work work;

    if (kept) {
        kept->call = *call;
        scope_call_begin(&kept->call);
    }
    py_work_begin(&work);
    if (kept) {
        kept->shown = py_attribute(coroutine, names.__name__);
        py_drop(kept->call.host);
        kept->call.host = NULL;
    }
    if (!kept || give_name(coroutine, kept) < 0) {
        if (kept)
            py_drop(kept->shown);
        free(kept);
        surprise("there was no memory to follow a scope's method");
    }
    py_work_end(&work);
}

void coroutine_end_forget(void)
{
    for (uint32_t i = 0; i < followed.capacity; i++)
        free(followed.slots[i].value);
    pointer_map_clear(&followed);
}
