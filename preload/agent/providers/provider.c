/* SPDX-License-Identifier: MIT */
#include "preload/agent/providers/provider.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "preload/agent/bypass.h"
#include "preload/agent/code_table.h"
#include "preload/agent/death.h"
#include "preload/agent/distribution.h"
#include "preload/agent/emit.h"
#include "preload/agent/hook.h"
#include "preload/agent/identity.h"
#include "preload/agent/maker.h"
#include "preload/agent/of_interpreter.h"
#include "preload/agent/recording.h"
#include "preload/agent/scope_call.h"
#include "preload/agent/surprise.h"
#include "preload/control.h"

#ifndef CO_COROUTINE
#define CO_COROUTINE 0x0080
#endif

const struct provider *provider_table[PROVIDER_MOST] = {
    &provider_anyio,         &provider_asyncio_timeout, &provider_asyncio_taskgroup, &provider_async_timeout,
    &provider_aiohttp_timer, &provider_asgiref_timeout, &provider_quattro,           &provider_trio,
};
#define BUILT_IN 8u
size_t provider_count = BUILT_IN;

static struct provider_state states[PROVIDER_MOST] OF_INTERPRETER;
static struct provider_state *all_states = states;
static uint32_t all_states_count = PROVIDER_MOST;

struct tables_list provider_table_of_states = {
    .items = &all_states,
    .count = &all_states_count,
    .stride = sizeof(struct provider_state),
    .record = sizeof(struct provider_state),
    .fields = {[TABLES_PROVIDER_ADDRESS] = TABLES_FIELD(struct provider_state, provider),
               [TABLES_PROVIDER_TRAITS] = TABLES_FIELD(struct provider_state, traits),
               [TABLES_PROVIDER_KIND] = TABLES_FIELD(struct provider_state, kind),
               [TABLES_PROVIDER_MODULE] = TABLES_FIELD(struct provider_state, module)}};

bool provider_add(const struct provider *provider)
{
    if (provider_count == PROVIDER_MOST)
        return false;
    provider_table[provider_count++] = provider;
    return true;
}

uint32_t provider_number(const struct provider *provider)
{
    for (uint32_t i = 0; i < provider_count; i++)
        if (provider_table[i] == provider)
            return i + 1;
    return 0;
}

struct provider_state *provider_state(const struct provider *provider)
{
    return &states[provider_number(provider) - 1];
}

static bool is_described(const struct provider *provider)
{
    return provider->traits & TRAIT_DESCRIBED;
}

/* The provider's own code, whose frames are not the caller's: a folder, or the one file of a described class. */
static uint32_t find_package(const struct provider *provider)
{
    PyObject *module = py_module(provider->package);
    char path[PATH_MAX];
    char *slash;

    py_text_attribute(module, "__file__", path, sizeof(path));
    slash = strrchr(path, '/');
    if (!slash)
        return CODE_TABLE_NO_PACKAGE;
    if (!is_described(provider))
        *slash = '\0';
    return code_table_package(path);
}

/* ---- what is not as described ---- */

static bool is_recorded(void)
{
    return emit_enabled() && recording_generation == emit_generation();
}

/* Said now if a recording goes on, and at the beginning of each later one. */
static void complain(const struct provider *provider, const char *what, const char *name)
{
    struct provider_state *state = provider_state(provider);

    if (state->problem[0])
        return;
    snprintf(state->problem, sizeof(state->problem), "%s (%s:%s) %s%s", provider->kind, provider->module,
             provider->qualname, what, name);
    if (is_recorded())
        surprise_notice(state->problem);
}

/* The method's code if it is written in Python, else 0. */
static long code_flags(PyObject *class, const char *name)
{
    PyObject *method = py_attribute_named(class, name);
    PyObject *code = method ? py_code_of(method) : NULL;
    PyObject *flags = code ? py_attribute_named(code, "co_flags") : NULL;
    long value = flags ? PyLong_AsLong(flags) : 0;

    if (PyErr_Occurred())
        PyErr_Clear();
    py_drop(flags);
    py_drop(code);
    py_drop(method);
    return value;
}

/* The first of its required methods that the class has not; NULL: it has all. */
static const char *missing_method(const struct provider *provider, PyObject *class)
{
    for (const struct provider_method *method = provider->methods; method->name; method++) {
        PyObject *found = method->required ? py_attribute_named(class, method->name) : NULL;

        if (method->required && !found)
            return method->name;
        py_drop(found);
    }
    return NULL;
}

/* The first of its required methods that cannot be hooked: of half of them nothing would come but half a story.
 * NULL: it has none such. */
static const char *unfit_method(const struct provider *provider, PyObject *class)
{
    for (const struct provider_method *method = provider->methods; method->name; method++)
        if (method->required && method->operation != SCOPE_EXPIRE && !hook_may_replace(class, method->name))
            return method->name;
    return NULL;
}

/* All that is asked of the class is asked before it is changed for the first time: to be asked after each change
 * would take one of the few versions that CPython 3.13 gives it each time. */
static bool hook_methods(const struct provider *provider, PyObject *class)
{
    hook_around arounds[PROVIDER_METHODS] = {NULL};
    const char *unfit = unfit_method(provider, class);
    bool hooked = true;

    if (unfit) {
        complain(provider, "is not traced: not a plain method of this class itself: ", unfit);
        return false;
    }

    for (size_t i = 0; i < PROVIDER_METHODS && provider->methods[i].name; i++) {
        const struct provider_method *method = &provider->methods[i];
        bool coroutine = code_flags(class, method->name) & CO_COROUTINE;

        arounds[i] = coroutine ? scope_call_around_coroutine : scope_call_around(method->operation);
        bypass_add_method(class, provider, method);
    }
    for (size_t i = 0; i < PROVIDER_METHODS && provider->methods[i].name; i++) {
        const struct provider_method *method = &provider->methods[i];

        if (method->operation == SCOPE_EXPIRE)
            continue;
        if (hook_python_method(class, method->name, arounds[i], provider_state(provider), method) < 0 &&
            method->required) {
            complain(provider, "is not traced: not a plain method of this class itself: ", method->name);
            hooked = false;
        }
    }
    return hooked;
}

static void announce(const struct provider *provider, bool statedump)
{
    struct st_provider event = {.statedump = statedump,
                                .provider = provider_number(provider),
                                .traits = provider_state(provider)->traits,
                                .kind = provider->kind,
                                .module = provider->module,
                                .qualname = provider->qualname,
                                .cancel_methods = provider->cancel_methods};

    emit_provider(&event);
    if (!is_described(provider))
        distribution_announce(provider->package, statedump);
}

static bool is_plain(const struct attribute *attribute)
{
    return !attribute->name || attribute->plain;
}

static bool has_place(const struct attribute *attribute)
{
    return !attribute->name || attribute->offset;
}

/* Those that each entry and exit reads. */
static bool are_all(const struct provider_state *state, bool (*are)(const struct attribute *attribute))
{
    return are(&state->shield) && are(&state->deadline) && are(&state->parent) && are(&state->cancelled);
}

static uint32_t traits_of(const struct provider *provider, PyObject *class)
{
    PyObject *newer = provider->newer ? py_attribute_named(class, provider->newer) : NULL;
    uint32_t traits = provider->traits | (newer ? 0 : provider->older_traits);

    py_drop(newer);
    return traits;
}

static void adopt(const struct provider *provider, struct provider_state *state, PyObject *class)
{
    const struct provider_attributes *named = &provider->attributes;

    attribute_setup(&state->shield, class, named->shield);
    attribute_setup(&state->deadline, class, named->deadline);
    attribute_setup(&state->parent, class, named->parent);
    attribute_setup(&state->cancelled, class, named->cancelled);
    attribute_setup(&state->active, class, named->active);
    attribute_setup(&state->host, class, named->host);
    attribute_setup(&state->entering, class, named->entering);
    attribute_setup(&state->exiting, class, named->exiting);
    state->plain = are_all(state, is_plain);
    state->placed = are_all(state, has_place);
    state->package_number = find_package(provider);
    state->class = py_keep(class);
    maker_follow(provider);
    state->traits = traits_of(provider, class);
    snprintf(state->kind, sizeof(state->kind), "%s", provider->kind);
    snprintf(state->module, sizeof(state->module), "%s", provider->module);
    death_listen(class);
    /* with no recording begun, it is announced with the others */
    if (is_recorded())
        announce(provider, false);
}

/* The class, which may be one inside another: new, NULL = not there. */
static PyObject *find_class(const struct provider *provider)
{
    PyObject *found = py_keep(py_module(provider->module));
    char path[CONTROL_CLASS_BYTES], *rest = path, *name;

    snprintf(path, sizeof(path), "%s", provider->qualname);
    while (found && (name = strsep(&rest, "."))) {
        PyObject *inner = py_attribute_named(found, name);

        py_drop(found);
        found = inner;
    }
    return found;
}

/* The provider that has this class already. */
static const struct provider *owner_of(PyObject *class)
{
    for (size_t i = 0; i < provider_count; i++)
        if (states[i].class == class)
            return provider_table[i];
    return NULL;
}

/* Whether it comes from another provider's class, whose hooks hear of its objects: async_timeout's is made of
 * asyncio's own from 5.0 on. */
static bool is_heard_as_other(PyObject *class)
{
    for (size_t i = 0; i < provider_count; i++)
        if (states[i].class && PyType_IsSubtype((PyTypeObject *)class, (PyTypeObject *)states[i].class))
            return true;
    return false;
}

static bool take(const struct provider *provider, struct provider_state *state, PyObject *class)
{
    const struct provider *owner = owner_of(class);
    const char *missing = PyType_Check(class) ? missing_method(provider, class) : NULL;

    if (owner && is_described(provider))
        complain(provider, "is not traced as that: it is known as ", owner->kind);
    if (owner)
        return false;
    state->provider = provider;
    state->number = provider_number(provider);
    if (!PyType_Check(class))
        complain(provider, "is not traced: this is no class", "");
    else if (missing && !is_described(provider) && is_heard_as_other(class))
        return false;
    else if (missing)
        complain(provider, "is not traced: it has no method ", missing);
    else if (hook_methods(provider, class)) {
        adopt(provider, state, class);
        return true;
    }
    return false;
}

/* Of modules that are executed again and again only so many are followed: each class that is hooked is kept. */
#define MOST_SUCCESSORS 16u

/* The module was executed again, by importlib.reload() or a new import, and made the same class anew. What is put
 * in the place of a class otherwise, like a mock or a subclass, is something else. */
static bool is_successor(const struct provider *provider, const struct provider_state *state, PyObject *class)
{
    char module[CONTROL_CLASS_BYTES], qualname[CONTROL_CLASS_BYTES];

    if (!class || class == state->class || !PyType_Check(class) || state->successors == MOST_SUCCESSORS ||
        PyType_IsSubtype((PyTypeObject *)class, (PyTypeObject *)state->class))
        return false;
    py_text_attribute(class, "__module__", module, sizeof(module));
    py_text_attribute(class, "__qualname__", qualname, sizeof(qualname));
    return !strcmp(module, provider->module) && !strcmp(qualname, provider->qualname) && !owner_of(class) &&
           !missing_method(provider, class);
}

/* Objects of both may be there; the newer ones are followed best. */
static void take_successor(const struct provider *provider, struct provider_state *state)
{
    PyObject *class = find_class(provider), *former = state->class;

    if (is_successor(provider, state, class) && hook_methods(provider, class)) {
        state->successors++;
        adopt(provider, state, class);
        py_drop(former);
    }
    py_drop(class);
}

/* Its module was executed to the end. The main module never is, before the program is over. */
static void complain_of_absence(const struct provider *provider)
{
    PyObject *module = py_module(provider->module);
    PyObject *spec = module ? py_attribute(module, names.__spec__) : NULL;

    if (spec && spec != Py_None && !py_attribute_true(spec, names._initializing))
        complain(provider, "is not traced: there is no such class", "");
    py_drop(spec);
}

bool provider_hook(const struct provider *provider)
{
    struct provider_state *state = provider_state(provider);
    PyObject *class;

    if (state->unwanted)
        return true;
    if (state->unhooked) {
        state->unhooked = !hook_methods(provider, state->class);
        death_listen(state->class);
        maker_follow_again(provider);
    }
    if (state->class)
        take_successor(provider, state);
    if (state->class || state->given_up)
        return true;
    class = find_class(provider);
    if (!class) {
        complain_of_absence(provider);
        return false;
    }
    state->given_up = !take(provider, state, class);
    py_drop(class);
    return true;
}

/* ---- outstanding ones of the main module, which is there before its classes are ---- */

#define MAIN_LOOKS 4096u

bool provider_any_described(void)
{
    return provider_count > BUILT_IN;
}

bool provider_is_main_due(void)
{
    static uint32_t looks;

    for (size_t i = BUILT_IN; i < provider_count; i++)
        if (!states[i].unwanted && !states[i].class && !states[i].given_up &&
            !strcmp(provider_table[i]->module, "__main__"))
            return looks < MAIN_LOOKS && ++looks;
    return false;
}

/* ---- objects ---- */

void provider_check_object(struct provider_state *state, PyObject *object)
{
    const struct provider *provider = state->provider;
    const struct provider_attributes *wanted = &provider->attributes;
    const struct {
        const char *name;
        const struct attribute *attribute;
    } all[] = {{wanted->shield, &state->shield},     {wanted->deadline, &state->deadline},
               {wanted->parent, &state->parent},     {wanted->cancelled, &state->cancelled},
               {wanted->active, &state->active},     {wanted->host, &state->host},
               {wanted->entering, &state->entering}, {wanted->exiting, &state->exiting}};
    struct py_work work;

    state->checked = true;
    py_work_begin(&work);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        PyObject *value = attribute_get(all[i].attribute, object);

        if (all[i].name && !value)
            complain(provider, "has no attribute ", all[i].name);
        py_drop(value);
    }
    py_work_end(&work);
}

void provider_unhook_all(void)
{
    for (size_t i = 0; i < provider_count; i++) {
        /* what was not as described may be, when somebody looks again */
        states[i].given_up = states[i].checked = false;
        states[i].problem[0] = '\0';
        states[i].unhooked = states[i].class != NULL;
        if (!states[i].class)
            continue;
        death_forget(states[i].class);
        maker_forget(states[i].class);
    }
}

void provider_let_go(void)
{
    for (size_t i = 0; i < provider_count; i++) {
        PyObject *class = states[i].class;

        states[i].class = NULL;
        states[i].given_up = true;
        py_drop(class);
    }
}

void provider_announce_all(bool statedump)
{
    for (size_t i = 0; i < provider_count; i++) {
        if (states[i].class && !states[i].unhooked)
            announce(provider_table[i], statedump);
        if (states[i].problem[0] && !states[i].unwanted)
            surprise_notice(states[i].problem);
    }
}
