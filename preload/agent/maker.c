/* SPDX-License-Identifier: MIT */
#include "preload/agent/maker.h"

#include "preload/agent/emit.h"
#include "preload/agent/frames.h"
#include "preload/agent/hook.h"
#include "preload/agent/of_interpreter.h"
#include "preload/agent/recording.h"
#include "preload/agent/seldom.h"
#include "preload/agent/trace_tree.h"

#define MAKERS 4u
/* Before this version calls of functions are inlined whatever the function object says: what initializes scopes
 * looks who called. */
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
/* What calls the `__init__` of a class written in Python. */
static initproc usual_init;
/* The scope that was initialized last, if who made it is not known yet. */
static struct {
    struct scope *scope; /* while its serial is: */
    uint64_t serial;     /* 0 = none */
} undecided OF_INTERPRETER;

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

    if (result && recording_armed && emit_enabled() && !py_work_busy()) {
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
    Py_ssize_t offset = function ? hook_caller_of(function) : 0;

    return offset ? (vectorcallfunc *)(void *)((char *)function + offset) : NULL;
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

/* ---- by the scope's initialization ---- */

static const struct maker *find_by_code(const PyObject *code)
{
    for (uint32_t i = 0; i < count; i++)
        if (makers[i].code == code)
            return &makers[i];
    return NULL;
}

static const struct maker *running_maker(void)
{
    const struct maker *found = NULL;
    struct frames walk;
    PyObject *code;
    int instruction;

    frames_begin(&walk);
    for (int depth = 0; !found && depth < FRAMES && frames_next(&walk, &code, &instruction); depth++)
        found = find_by_code(code);
    frames_end(&walk);
    return found;
}

static SELDOM void look_who(PyObject *object)
{
    struct py_work work;

    py_work_begin(&work);
    note(running_maker(), object);
    py_work_end(&work);
}

/* Whether one of the named arguments is the infinity that stands for no deadline. */
static bool is_unlimited(PyObject *named)
{
    PyObject *key, *value;
    Py_ssize_t place = 0;
    bool found = false;

    while (!found && PyDict_Next(named, &place, &key, &value))
        found = value == py_infinity;
    return found;
}

static bool is_undecided(const PyObject *object)
{
    return undecided.serial && undecided.scope->serial == undecided.serial && undecided.scope->object == object;
}

/* It was initialized once. */
static SELDOM void decide(void)
{
    struct scope *scope = undecided.scope;

    for (uint32_t i = count; scope->serial == undecided.serial && i--;)
        if (makers[i].provider == scope->provider)
            scope->maker = makers[i].code;
    undecided.serial = 0;
}

static void wait_for_second(PyObject *object, const struct provider_state *state)
{
    if (undecided.serial)
        decide();
    undecided.scope = identity_living_scope(object, state->provider);
    undecided.serial = undecided.scope ? undecided.scope->serial : 0;
}

/* Of the one provider with makers that there is. */
static const struct provider_state *state_of(const PyObject *object)
{
    const struct provider_state *state = count ? provider_state(makers[0].provider) : NULL;

    return state && Py_TYPE(object) == (PyTypeObject *)state->class ? state : NULL;
}

static APART void look(PyObject *object, PyObject *named)
{
    const struct provider_state *state = state_of(object);

    if (!recording_armed || !emit_enabled() || py_work_busy())
        return;
    if (state && state->plain && is_unlimited(named))
        wait_for_second(object, state);
    else
        look_who(object);
}

/* Makers say all there is to say by keywords; what makes a scope without a word is none. To look who called costs
 * more than all else. But what the public class makes is initialized a second time, by the call of that class: a
 * scope without a deadline, which is mostly what is made that way, waits for that. */
static WHOLE int initialize(PyObject *object, PyObject *args, PyObject *named)
{
    int result = usual_init(object, args, named);

    if (is_undecided(object))
        undecided.serial = 0;
    else if (result == 0 && named && PyDict_Size(named) > 1)
        look(object, named);
    return result;
}

/* That of all classes whose `__init__` is written in Python; the field is where this binary believes it to be. */
static bool has_usual_init(PyTypeObject *type)
{
    const PyTypeObject *other = py_usual_class();

    return other && type->tp_init == other->tp_init && PyType_GetSlot(type, Py_tp_init) == (void *)type->tp_init;
}

/* ---- either ---- */

static bool lead_init_through(const struct provider *provider)
{
    PyTypeObject *type = (PyTypeObject *)provider_state(provider)->class;

    if (type->tp_init == initialize)
        return true;
    if (!has_usual_init(type))
        return false;
    usual_init = type->tp_init;
    type->tp_init = initialize;
    return true;
}

static void follow(const struct provider *provider, PyObject *function)
{
    PyObject *class = provider_state(provider)->class;
    PyObject *other = py_attribute_named(class, "__init__");
    PyObject *code = py_code_of(function);
    bool done = code && count < MAKERS;

    if (done && Py_Version < FIRST_VERSION)
        done = lead_init_through(provider);
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

    undecided.serial = 0;
    py_find_infinity();
    for (const char *const *name = provider->makers; module && *name; name++) {
        PyObject *function = py_attribute_named(module, *name);

        if (function && !find(function))
            follow(provider, function);
        py_drop(function);
    }
}

void maker_follow_again(const struct provider *provider)
{
    for (uint32_t i = 0; i < count && Py_Version < FIRST_VERSION; i++)
        if (makers[i].provider == provider)
            (void)lead_init_through(provider);
}

void maker_forget(PyObject *class)
{
    PyTypeObject *type = (PyTypeObject *)class;

    if (type->tp_init == initialize)
        type->tp_init = usual_init;
}

/* In the provider's own code it is that, as fail_after(), which makes it what it is. */
static APART void decide_by(const struct scope *scope, uint32_t stack)
{
    if (trace_tree_is_of(stack, scope->state->package_number))
        undecided.serial = 0;
    else
        decide();
}

OFTEN uint32_t maker_stack(struct scope *scope, uint32_t stack)
{
    if (undecided.serial && is_undecided(scope->object))
        decide_by(scope, stack);
    return scope->maker && stack ? trace_tree_place(stack, scope->maker, 0) : stack;
}
