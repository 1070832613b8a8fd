/* SPDX-License-Identifier: MIT */
#include "preload/agent/ticks.h"

#include "preload/agent/agent.h"
#include "preload/agent/hook.h"

static bool wanted;
static __thread uint32_t waits;

void ticks_want(void)
{
    wanted = true;
}

uint32_t ticks_here(void)
{
    return waits;
}

/* As the entry does after epoll_wait. */
static PyObject *around_poll(struct hook *hook, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyObject *result = hook_call_original(hook, args, nargsf, kwnames);

    waits++;
    if (agent_wants_tick())
        agent_after_tick();
    return result;
}

bool ticks_hook(void)
{
    PyObject *module = wanted ? py_module("select") : NULL;
    PyObject *epoll = module ? py_attribute_named(module, "epoll") : NULL;

    /* where it cannot be hooked the loops are not counted: the rules then know less */
    if (epoll && PyType_Check(epoll))
        (void)hook_native_method((PyTypeObject *)epoll, "poll", around_poll, NULL, NULL);
    py_drop(epoll);
    return module || !wanted;
}
