/* SPDX-License-Identifier: MIT */
#include "preload/agent/providers/provider.h"

#include <limits.h>
#include <string.h>

#include "preload/agent/bypass.h"
#include "preload/agent/distribution.h"
#include "preload/agent/emit.h"
#include "preload/agent/hook.h"
#include "preload/agent/recording.h"
#include "preload/agent/scope_call.h"
#include "preload/agent/trace_tree.h"

#ifndef CO_COROUTINE
#define CO_COROUTINE 0x0080
#endif

const struct provider *const provider_table[] = {
    &provider_anyio,         &provider_asyncio_timeout, &provider_asyncio_taskgroup, &provider_async_timeout,
    &provider_aiohttp_timer, &provider_asgiref_timeout, &provider_quattro,           &provider_trio,
};

#define PROVIDER_COUNT (sizeof(provider_table) / sizeof(provider_table[0]))
const size_t provider_count = PROVIDER_COUNT;

static struct provider_state states[PROVIDER_COUNT];

uint32_t provider_number(const struct provider *provider)
{
    for (uint32_t i = 0; i < PROVIDER_COUNT; i++)
        if (provider_table[i] == provider)
            return i + 1;
    return 0;
}

struct provider_state *provider_state(const struct provider *provider)
{
    return &states[provider_number(provider) - 1];
}

static PyObject *intern(const char *name)
{
    PyObject *text = name ? PyUnicode_InternFromString(name) : NULL;

    if (!text)
        PyErr_Clear();
    return text;
}

/* The folder of the provider's own code: frames below it are not the caller's. */
static uint32_t find_package(const struct provider *provider)
{
    PyObject *module = py_module(provider->package);
    char path[PATH_MAX];
    char *slash;

    py_text_attribute(module, "__file__", path, sizeof(path));
    slash = strrchr(path, '/');
    if (!slash)
        return TRACE_TREE_NO_PACKAGE;
    *slash = '\0';
    return trace_tree_package(path);
}

/* The method's code if it is written in Python, else 0. */
static long code_flags(PyObject *class, const char *name)
{
    PyObject *method = py_attribute_named(class, name);
    PyObject *code = method ? py_attribute_named(method, "__code__") : NULL;
    PyObject *flags = code ? py_attribute_named(code, "co_flags") : NULL;
    long value = flags ? PyLong_AsLong(flags) : 0;

    if (PyErr_Occurred())
        PyErr_Clear();
    py_drop(flags);
    py_drop(code);
    py_drop(method);
    return value;
}

static bool has_all_methods(const struct provider *provider, PyObject *class)
{
    for (const struct provider_method *method = provider->methods; method->name; method++) {
        PyObject *found = method->required ? py_attribute_named(class, method->name) : NULL;

        if (method->required && !found)
            return false;
        py_drop(found);
    }
    return true;
}

static bool hook_methods(const struct provider *provider, PyObject *class)
{
    bool hooked = true;

    for (const struct provider_method *method = provider->methods; method->name; method++) {
        bool coroutine = code_flags(class, method->name) & CO_COROUTINE;
        hook_around around = coroutine ? scope_call_around_coroutine : scope_call_around;

        bypass_add_method(class, provider, method);
        if (method->operation == SCOPE_EXPIRE)
            continue;
        if (hook_python_method(class, method->name, around, provider, method) < 0 && method->required)
            hooked = false;
    }
    return hooked;
}

static void announce(const struct provider *provider, bool statedump)
{
    struct st_provider event = {.statedump = statedump,
                                .provider = provider_number(provider),
                                .traits = provider->traits,
                                .kind = provider->kind,
                                .module = provider->module,
                                .qualname = provider->qualname,
                                .cancel_methods = provider->cancel_methods};

    emit_provider(&event);
    distribution_announce(provider->package, statedump);
}

static void adopt(const struct provider *provider, struct provider_state *state, PyObject *class)
{
    state->shield = intern(provider->attributes.shield);
    state->deadline = intern(provider->attributes.deadline);
    state->parent = intern(provider->attributes.parent);
    state->cancelled = intern(provider->attributes.cancelled);
    state->active = intern(provider->attributes.active);
    state->host = intern(provider->attributes.host);
    state->package_number = find_package(provider);
    state->class = py_keep(class);
    /* with no recording begun, it is announced with the others */
    if (emit_enabled() && recording_generation == emit_generation())
        announce(provider, false);
}

bool provider_hook(const struct provider *provider)
{
    struct provider_state *state = provider_state(provider);
    PyObject *module, *class;

    if (state->unhooked)
        state->unhooked = !hook_methods(provider, state->class);
    if (state->class || state->given_up)
        return true;
    module = py_module(provider->module);
    class = module ? py_attribute_named(module, provider->qualname) : NULL;
    if (!class)
        return false;
    if (!PyType_Check(class) || !has_all_methods(provider, class))
        state->given_up = true;
    else if (hook_methods(provider, class))
        adopt(provider, state, class);
    else
        state->given_up = true;
    py_drop(class);
    return true;
}

void provider_unhook_all(void)
{
    for (size_t i = 0; i < PROVIDER_COUNT; i++)
        states[i].unhooked = states[i].class != NULL;
}

void provider_announce_all(bool statedump)
{
    for (size_t i = 0; i < PROVIDER_COUNT; i++)
        if (states[i].class)
            announce(provider_table[i], statedump);
}
