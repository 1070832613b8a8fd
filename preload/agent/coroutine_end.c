/* SPDX-License-Identifier: MIT */
#include "preload/agent/coroutine_end.h"

#include <stddef.h>

#include "preload/agent/coroutine_name.h"
#include "preload/agent/frames.h"
#include "preload/agent/identity.h"
#include "preload/agent/of_interpreter.h"
#include "preload/agent/recording.h"
#include "preload/agent/seldom.h"
#include "preload/agent/surprise.h"
#include "preload/agent/trace_tree.h"

#define SPARE_MOST 16u
#define ALIGNMENT _Alignof(max_align_t)

static PyTypeObject *name_type OF_INTERPRETER;
static destructor str_dealloc OF_INTERPRETER;
static size_t str_bytes OF_INTERPRETER; /* of a str's own, aligned */
/* Names that are nobody's for now: to make one takes longer than all else. Their text does not matter, since
 * nobody is shown it. */
static PyObject *spare[SPARE_MOST] OF_INTERPRETER; /* no references */
static uint32_t spare_count OF_INTERPRETER;

/* Up to 3.11 a coroutine that an error was thrown into, as into a group's exit when a child failed, is let go of
 * while the frame that awaits it is off the stack. */
#define FIRST_WITH_AWAITER 0x030C0000

/* Behind the str that a name is. Keeps no object of the program's alive but code: the collector could not see it.
 */
struct following {
    struct scope_call call;
    PyObject *coroutine; /* borrowed: it owns the name */
    PyObject *awaiter;   /* owned: the code that made the coroutine, to await it; NULL: not needed */
    PyObject *shown;     /* owned: the name that the program sees; NULL: no coroutine is followed */
    const void *state;   /* the object's attribute before the coroutine began; to be compared, no more */
    bool told;           /* its end, though it is still there */
};

static struct following *following_of(PyObject *name)
{
    return (struct following *)(void *)((char *)name + str_bytes);
}

static bool is_entry(const struct scope_call *call)
{
    return call->method->operation == SCOPE_ENTER;
}

/* The attribute that the method changes when it begins. */
static const struct attribute *state_of(const struct scope_call *call)
{
    return is_entry(call) ? &call->state->entering : &call->state->exiting;
}

static const void *look_at_state(const struct scope_call *call)
{
    PyObject *owned = NULL;
    const void *state = attribute_peek(state_of(call), call->object, &owned);

    py_drop(owned);
    return state;
}

/* A coroutine that was never awaited has done nothing. The object may have gone with the coroutine's frame: then
 * it had been left, or nobody has entered it. */
static bool has_happened(const struct following *following)
{
    const struct scope_call *call = &following->call;
    const struct scope *scope = scope_call_scope(call);

    if (!scope || scope->gone || !(scope->heard || scope->weak))
        return !is_entry(call);
    return look_at_state(call) != following->state;
}

/* What it returned, if it did. */
static PyObject *returned(const struct scope_call *call)
{
    bool swallows = call->provider->exit_return == PROVIDER_RETURN_SWALLOWS;

    return swallows && call->exception_in != EXIT_WITH_NONE ? Py_True : Py_None;
}

/* A scope's record says so, too: the object may die with the coroutine's frame, before the name does; and what is
 * left has been entered, though the program may keep the entry's coroutine. */
static void begin_leaving(struct following *following)
{
    struct scope *scope = scope_call_scope(&following->call);

    if (scope)
        scope->leaving = following;
}

static void end_leaving(const struct following *following)
{
    struct scope *scope = scope_call_scope(&following->call);

    if (scope && scope->leaving == following)
        scope->leaving = NULL;
}

/* Of groups alone: other exits do not wait. */
static void note_awaiter(struct following *following)
{
    struct scope_call *call = &following->call;
    bool wanted = Py_Version < FIRST_WITH_AWAITER && !is_entry(call) && call->provider->traits & TRAIT_GROUP;

    following->awaiter = NULL;
    if (wanted && frames_innermost(&following->awaiter, &call->awaiter_at))
        (void)py_keep(following->awaiter);
}

static APART void forget_awaiter(struct following *following)
{
    PyObject *awaiter = following->awaiter;

    following->awaiter = NULL;
    py_drop(awaiter);
}

static void end(struct following *following)
{
    struct scope_call *call = &following->call;
    struct py_work work;

    py_work_begin(&work);
    if (has_happened(following)) {
        if (UNLIKELY(following->awaiter && work.type) && trace_tree_running_code() != following->awaiter)
            call->awaiter = following->awaiter;
        scope_call_find_host(call);
        scope_call_end_within(call, work.type ? NULL : returned(call), &work);
    }
    py_work_end(&work);
}

/* One behind another's was given first, and is over first. */
static WHOLE void name_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    struct following *following = following_of(self);
    PyObject *shown = following->shown;

    following->shown = NULL;
    py_drop(shown);
    if (shown)
        end_leaving(following);
    if (shown && recording_armed && !following->told)
        end(following);
    if (following->awaiter)
        forget_awaiter(following);
    if (spare_count < SPARE_MOST)
        spare[spare_count++] = self;
    else
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
    return Py_TYPE(name) == name_type && following_of(name)->shown ? &following_of(name)->shown : NULL;
}

int coroutine_end_setup(void)
{
    if (name_type)
        return 0;
    if (coroutine_name_setup(name_behind) < 0)
        return -1;
    str_dealloc = (destructor)PyType_GetSlot(&PyUnicode_Type, Py_tp_dealloc);
    str_bytes = ((size_t)PyUnicode_Type.tp_basicsize + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    name_spec.basicsize = (int)(str_bytes + sizeof(struct following));
    name_type = (PyTypeObject *)PyType_FromSpecWithBases(&name_spec, (PyObject *)&PyUnicode_Type);
    if (!name_type)
        PyErr_Clear();
    return name_type ? 0 : -1;
}

bool coroutine_end_is_wanted(const struct scope_call *call)
{
    return name_type && call->method->operation <= SCOPE_EXIT &&
           call->provider->exit_return != PROVIDER_RETURN_TELLS;
}

/* New, or NULL with no exception set. */
static PyObject *make_name(PyObject *shown)
{
    return UNLIKELY(!spare_count) ? py_call((PyObject *)name_type, shown)
                                  : PyObject_Init(spare[--spare_count], name_type);
}

/* A name of its own, which is not shown: 0, or -1 with no exception set. */
static int give_name(PyObject *coroutine, const struct scope_call *call)
{
    PyObject *shown = coroutine_name_get(coroutine);
    PyObject *own = shown ? make_name(shown) : NULL;
    int failed = own ? coroutine_name_set(coroutine, own) : -1;

    if (!failed) {
        struct following *following = following_of(own);

        following->call = *call;
        following->coroutine = coroutine;
        following->told = false;
        following->state = look_at_state(call);
        following->shown = py_keep(shown);
        note_awaiter(following);
        begin_leaving(following);
    }
    py_drop(own);
    py_drop(shown);
    return failed;
}

void coroutine_end_follow(PyObject *coroutine, struct scope_call *call)
{
    struct py_work work;

    py_work_begin(&work);
    scope_call_begin_hostless(call);
    if (give_name(coroutine, call) < 0)
        surprise("there was no memory to follow a scope's method");
    py_work_end(&work);
}

/* Has run, and is neither on the stack nor suspended. */
static bool is_over(const struct following *following)
{
    static const char *const alive[] = {"cr_running", "cr_suspended"};
    bool over = has_happened(following);

    for (size_t i = 0; i < sizeof(alive) / sizeof(alive[0]) && over; i++) {
        PyObject *is = py_attribute_named(following->coroutine, alive[i]);

        over = is == Py_False;
        py_drop(is);
    }
    return over;
}

void coroutine_end_settle(const struct scope *scope)
{
    struct following *following = scope->leaving;
    struct py_work work;

    py_work_begin(&work);
    if (is_over(following)) {
        end_leaving(following);
        following->told = true;
        following->call.awaited = false; /* who did is not known any more: who made it */
        scope_call_find_host(&following->call);
        scope_call_end_within(&following->call, Py_None, &work);
    }
    py_work_end(&work);
}

void coroutine_end_forget(const struct scope *scope)
{
    struct following *following = scope->leaving;

    following->told = true;
    end_leaving(following);
}

void coroutine_end_settle_all(const struct task *host)
{
    struct scope *outer;

    for (struct scope *scope = host->innermost; scope; scope = outer) {
        outer = scope->outer;
        if (scope->leaving)
            coroutine_end_settle(scope);
    }
}
