/* SPDX-License-Identifier: MIT */
#include "preload/agent/ticks.h"

#include "preload/agent/agent.h"
#include "preload/agent/announcement.h"
#include "preload/agent/elsewhere.h"
#include "preload/agent/emit.h"
#include "preload/agent/hook.h"
#include "preload/agent/of_interpreter.h"

static bool wanted;

static struct {
    bool epoll, gevent;
} hooked OF_INTERPRETER;

void ticks_want(void)
{
    wanted = true;
}

/* As the entry does after epoll_wait. */
static void after_wait(void)
{
    emit_count_tick();
    if (agent_wants_tick() || announcement_is_pending() || elsewhere_is_due())
        agent_after_tick();
}

/* Nothing has happened: the loop is about to sleep, and has time for what there is to tell. */
static PyObject *poll_at_once(struct hook *hook, PyObject *const *args, size_t count)
{
    PyObject *now = count > 1 && count < 4 ? PyLong_FromLong(0) : NULL;
    PyObject *all[] = {args[0], now, count > 2 ? args[2] : NULL};
    PyObject *result = now ? hook_call_original(hook, all, count, NULL) : NULL;

    py_drop(now);
    return result;
}

static bool is_empty(PyObject *result)
{
    return PyList_Check(result) && PyList_Size(result) == 0;
}

static bool is_endless(PyObject *timeout)
{
    double seconds = timeout == Py_None ? -1 : PyFloat_AsDouble(timeout);

    if (PyErr_Occurred())
        PyErr_Clear();
    return seconds < 0;
}

/* NULL: nothing has happened so far, or an exception is set. */
static PyObject *tell_before(struct hook *hook, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    size_t count = (size_t)PyVectorcall_NARGS(nargsf);
    uint32_t before = 0;

    while (announcement_pending && announcement_pending != before && !kwnames && count > 1 &&
           is_endless(args[1])) {
        PyObject *result = poll_at_once(hook, args, count);

        if (!result || !is_empty(result))
            return result;
        py_drop(result);
        before = announcement_pending;
        agent_tell();
    }
    return NULL;
}

static PyObject *around_poll(struct hook *hook, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyObject *result = tell_before(hook, args, nargsf, kwnames);

    if (!result && !PyErr_Occurred())
        result = hook_call_original(hook, args, nargsf, kwnames);
    after_wait();
    return result;
}

/* Others run meanwhile, each on a stack of its own. */
static PyObject *around_select(struct hook *hook, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyObject *result = hook_call_original(hook, args, nargsf, kwnames);

    after_wait();
    return result;
}

/* Where one cannot be hooked the loops are not counted: the rules then know less. false: not imported. */
static bool hook_epoll(void)
{
    PyObject *module = py_module("select");
    PyObject *epoll = module ? py_attribute_named(module, "epoll") : NULL;

    if (epoll && PyType_Check(epoll))
        (void)hook_native_method((PyTypeObject *)epoll, "poll", around_poll, NULL, NULL);
    py_drop(epoll);
    return module;
}

static bool hook_gevent(void)
{
    PyObject *module = py_module(TICKS_GEVENT_MODULE);
    PyObject *selector = module ? py_attribute_named(module, "GeventSelector") : NULL;
    bool ready = selector;

    if (selector && PyType_Check(selector))
        (void)hook_python_method(selector, "select", around_select, NULL, NULL);
    py_drop(selector);
    return ready;
}

void ticks_hook(void)
{
    if (wanted && !hooked.epoll)
        hooked.epoll = hook_epoll();
    if (!hooked.gevent)
        hooked.gevent = hook_gevent();
}

void ticks_unhook(void)
{
    hooked.epoll = hooked.gevent = false;
}
