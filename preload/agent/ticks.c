/* SPDX-License-Identifier: MIT */
#include "preload/agent/ticks.h"

#include <time.h>

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
    if (agent_wants_tick() || announcement_is_pending() || elsewhere_is_due())
        agent_after_tick();
}

/* A wait of epoll's: self, timeout, maxevents. */
struct wait {
    struct hook *hook;
    PyObject *const *args;
    size_t count;
    double seconds; /* what is left of it; negative: without end */
};

/* Shorter ones are no time to tell anything in. */
#define SHORT_SECONDS 0.001

static double seconds_of(PyObject *timeout)
{
    double seconds = timeout == Py_None ? -1 : 0;

    if (PyFloat_CheckExact(timeout) || PyLong_CheckExact(timeout))
        seconds = PyFloat_AsDouble(timeout);
    if (PyErr_Occurred())
        PyErr_Clear();
    return seconds;
}

static PyObject *wait_for(const struct wait *wait, PyObject *timeout)
{
    PyObject *all[] = {wait->args[0], timeout, wait->count > 2 ? wait->args[2] : NULL};

    return timeout ? hook_call_original(wait->hook, all, wait->count, NULL) : NULL;
}

/* The timeout is given back. */
static PyObject *wait_for_new(const struct wait *wait, PyObject *timeout)
{
    PyObject *result = wait_for(wait, timeout);

    py_drop(timeout);
    return result;
}

static bool is_empty(PyObject *result)
{
    return PyList_Check(result) && PyList_Size(result) == 0;
}

static double now_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double left_of(double seconds, double since)
{
    const double passed = now_seconds() - since;

    return passed < seconds ? seconds - passed : 0;
}

/* A loop that is about to sleep has time for what there is to tell; what happens meanwhile goes first. NULL:
 * nothing has happened so far, or an exception is set. */
static PyObject *tell_before(struct wait *wait)
{
    const double whole = wait->seconds, since = now_seconds();
    uint32_t before = 0;

    while (announcement_pending && announcement_pending != before &&
           (wait->seconds < 0 || wait->seconds > SHORT_SECONDS)) {
        PyObject *result = wait_for_new(wait, PyLong_FromLong(0));

        if (!result || !is_empty(result))
            return result;
        py_drop(result);
        before = announcement_pending;
        agent_tell();
        if (whole >= 0)
            wait->seconds = left_of(whole, since);
    }
    return NULL;
}

/* One that something was told in has less of its timeout left. */
static PyObject *tell_and_wait(struct wait *wait)
{
    const double whole = wait->seconds;
    PyObject *result = tell_before(wait);
    PyObject *left = NULL;

    if (result || PyErr_Occurred())
        return result;
    if (wait->seconds != whole)
        left = PyFloat_FromDouble(wait->seconds);
    if (left)
        return wait_for_new(wait, left);
    PyErr_Clear();
    return wait_for(wait, wait->args[1]);
}

static PyObject *around_poll(struct hook *hook, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    struct wait wait = {.hook = hook, .args = args, .count = (size_t)PyVectorcall_NARGS(nargsf)};
    PyObject *result;

    /* What is told meanwhile comes after all that the loop did before it. */
    emit_count_tick();
    if (announcement_pending && !kwnames && (wait.count == 2 || wait.count == 3)) {
        wait.seconds = seconds_of(args[1]);
        result = tell_and_wait(&wait);
    } else {
        if (agent_wants_tick() && wait.count > 1 && seconds_of(args[1]) != 0)
            agent_settle();
        result = hook_call_original(hook, args, nargsf, kwnames);
    }
    after_wait();
    return result;
}

/* Others run meanwhile, each on a stack of its own. */
static PyObject *around_select(struct hook *hook, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyObject *result = hook_call_original(hook, args, nargsf, kwnames);

    emit_count_tick();
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
