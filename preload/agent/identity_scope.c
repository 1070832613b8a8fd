/* SPDX-License-Identifier: MIT */
/* Of the two that identity.h tells of: scopes. */
#include "preload/agent/coroutine_end.h"
#include "preload/agent/death.h"
#include "preload/agent/identity.h"
#include "preload/agent/identity_parts.h"
#include "preload/agent/limbo.h"
#include "preload/agent/pointer_map.h"
#include "preload/agent/scope_found.h"
#include "preload/agent/seldom.h"
#include "preload/agent/slab.h"

static struct {
    struct pointer_map map;  /* object → struct scope */
    struct pointer_map refs; /* weak reference → struct scope */
    struct scope *last;      /* found: mostly the one that is asked for next; NULL = none */
    struct scope *free;
    uint64_t serials;
    PyObject *gone; /* the weak references' callback */
    struct limbo limbo;
} scopes;

struct tables_list identity_scope_table = {
    IDENTITY_ITEMS(scopes.map), .record = sizeof(struct scope),
    .fields = {[TABLES_SCOPE_SERIAL] = TABLES_FIELD(struct scope, serial),
               [TABLES_SCOPE_ENTRY] = TABLES_FIELD(struct scope, entry),
               [TABLES_SCOPE_PROVIDER] = TABLES_FIELD(struct scope, provider),
               [TABLES_SCOPE_OUTER] = TABLES_FIELD(struct scope, outer),
               [TABLES_SCOPE_HOST] = TABLES_FIELD(struct scope, host_serial),
               [TABLES_SCOPE_PARENT] = TABLES_FIELD(struct scope, parent_serial),
               [TABLES_SCOPE_ENTERED_NS] = TABLES_FIELD(struct scope, entered_ns),
               [TABLES_SCOPE_STACK] = TABLES_FIELD(struct scope, enter_stack),
               [TABLES_SCOPE_COUNTER] = TABLES_FIELD(struct scope, enter_counter),
               [TABLES_SCOPE_OPEN] = TABLES_FIELD(struct scope, open),
               [TABLES_SCOPE_GONE] = TABLES_FIELD(struct scope, gone),
               [TABLES_SCOPE_SHIELD] = TABLES_FIELD(struct scope, shield),
               [TABLES_SCOPE_CANCELLED] = TABLES_FIELD(struct scope, cancel_said),
               [TABLES_SCOPE_CANCEL_TASK] = TABLES_FIELD(struct scope, cancelled_by),
               [TABLES_SCOPE_CANCEL_NS] = TABLES_FIELD(struct scope, cancelled_ns),
               [TABLES_SCOPE_CANCEL] = TABLES_FIELD(struct scope, cancelled)}};

static APART void forget_reference(struct scope *scope)
{
    (void)pointer_map_remove(&scopes.refs, scope->weak);
    py_drop(scope->weak);
    scope->weak = NULL;
}

static OFTEN void release_scope(struct scope *scope)
{
    identity_close_scope(scope);
    pointer_map_remove_value(&scopes.map, scope->object, scope);
    if (scopes.last == scope)
        scopes.last = NULL;
    if (scope->weak)
        forget_reference(scope);
    *scope = (struct scope){.next = scopes.free};
    scopes.free = scope;
}

static struct scope *take_scope(void)
{
    struct scope *scope;

    if (!scopes.free)
        scopes.free = slab_new(IDENTITY_SLAB, sizeof(struct scope), offsetof(struct scope, next));
    scope = scopes.free;
    if (scope) {
        scopes.free = scope->next;
        scope->next = NULL;
    }
    return scope;
}

/* The record stays for a while. */
static SELDOM void send_to_limbo(struct scope *scope)
{
    uint64_t serial;
    struct scope *displaced = limbo_put(&scopes.limbo, scope, scope->serial, &serial);

    if (displaced && displaced->serial == serial)
        release_scope(displaced);
    scope->gone = true;
}

/* A closed one of which nothing is held back is of no interest to anybody. */
static OFTEN void scope_dies(struct scope *scope)
{
    if (UNLIKELY(scope->open || scope->deliver_held)) {
        send_to_limbo(scope);
        scope_vanished(scope);
    } else {
        release_scope(scope);
    }
}

void identity_scope_dies(PyObject *object)
{
    struct scope *scope = identity_find_scope(object);

    if (scope && scope->heard)
        scope_dies(scope);
}

/* The weak references' callback: METH_O. Runs whenever a scope dies, inside or outside our work. */
static PyObject *scope_gone(PyObject *self, PyObject *weak)
{
    struct scope *scope = pointer_map_get(&scopes.refs, weak);

    (void)self;
    if (scope)
        scope_dies(scope);
    return py_keep(Py_None);
}

static PyMethodDef gone_method = {"scope_gone", scope_gone, METH_O, NULL};

int identity_setup(void)
{
    if (!scopes.gone)
        scopes.gone = PyCFunction_NewEx(&gone_method, NULL, NULL);
    if (!scopes.gone)
        PyErr_Clear();
    return scopes.gone ? 0 : -1;
}

static APART struct scope *look_up_scope(const PyObject *object)
{
    return scopes.last = pointer_map_get(&scopes.map, object);
}

OFTEN struct scope *identity_find_scope(PyObject *object)
{
    struct scope *scope = scopes.last;

    return scope && scope->object == object ? scope : look_up_scope(object);
}

/* Where nothing else tells of its death. -1: no memory for it. */
static APART int refer_to(struct scope *scope)
{
    scope->weak = PyWeakref_NewRef(scope->object, scopes.gone);
    if (scope->weak)
        return pointer_map_put(&scopes.refs, scope->weak, scope);
    PyErr_Clear();
    return 0;
}

static OFTEN struct scope *new_scope(PyObject *object, const struct provider *provider)
{
    struct scope *scope = take_scope();

    if (UNLIKELY(!scope))
        return identity_lack_memory();
    scope->object = object;
    scope->provider = provider;
    scope->state = provider_state(provider);
    scope->serial = ++scopes.serials;
    scope->heard = death_is_heard(object);
    if (UNLIKELY(pointer_map_put(&scopes.map, object, scope) < 0 || (!scope->heard && refer_to(scope) < 0))) {
        release_scope(scope);
        return identity_lack_memory();
    }
    scopes.last = scope;
    return scope;
}

struct scope *identity_scope(PyObject *object, const struct provider *provider)
{
    struct scope *scope = identity_find_scope(object);

    return scope ? scope : new_scope(object, provider);
}

/* Of a type without weak references nobody hears when it dies: each entry may be another's. */
static APART void release_stale(struct scope *scope)
{
    if (scope->gone && scope->leaving)
        coroutine_end_settle(scope);
    release_scope(scope);
}

OFTEN struct scope *identity_living_scope(PyObject *object, const struct provider *provider)
{
    struct scope *scope = identity_find_scope(object);

    if (scope && UNLIKELY(scope->gone || !(scope->heard || scope->weak || scope->open))) {
        release_stale(scope);
        scope = NULL;
    }
    return scope ? scope : new_scope(object, provider);
}

struct task *identity_host(const struct scope *scope)
{
    return scope->host && scope->host->serial == scope->host_serial ? scope->host : NULL;
}

OFTEN void identity_open_scope(struct scope *scope, struct task *host)
{
    identity_close_scope(scope);
    scope->open = true;
    scope->host = host;
    scope->host_serial = host ? host->serial : 0;
    if (UNLIKELY(!host))
        return;
    scope->outer = host->innermost;
    if (scope->outer)
        scope->outer->inner = scope;
    host->innermost = scope;
}

static SELDOM void forget_found(struct scope *scope, struct task *host)
{
    if (host)
        host->found_open--;
    scope->found_open = false;
}

OFTEN void identity_close_scope(struct scope *scope)
{
    struct task *host = identity_host(scope);

    if (!scope->open)
        return;
    if (UNLIKELY(scope->found_open))
        forget_found(scope, host);
    if (scope->outer)
        scope->outer->inner = scope->inner;
    if (UNLIKELY(scope->inner))
        scope->inner->outer = scope->outer;
    else if (host && host->innermost == scope)
        host->innermost = scope->outer;
    scope->outer = scope->inner = NULL;
    scope->open = false;
}

void identity_leave_scope(struct scope *scope)
{
    identity_close_scope(scope);
    if (UNLIKELY(!(scope->heard || scope->weak || scope->gone)))
        send_to_limbo(scope);
}

void **identity_scopes(uint32_t *ret_count)
{
    return pointer_map_values(&scopes.map, ret_count);
}

void identity_close_all(void)
{
    for (uint32_t i = 0; i < scopes.map.capacity; i++)
        if (scopes.map.slots[i].key)
            identity_close_scope(scopes.map.slots[i].value);
}

void identity_stop_hearing_scopes(void)
{
    uint32_t i = 0;

    while (i < scopes.map.capacity) {
        struct scope *scope = scopes.map.slots[i].key ? scopes.map.slots[i].value : NULL;

        /* the place of one that is taken out is taken by another */
        if (scope && scope->heard)
            release_scope(scope);
        else
            i++;
    }
}

static void put_back_scopes(void)
{
    for (uint32_t i = 0; i < scopes.map.capacity; i++) {
        struct scope *scope = scopes.map.slots[i].key ? scopes.map.slots[i].value : NULL;

        if (scope) {
            *scope = (struct scope){.next = scopes.free};
            scopes.free = scope;
        }
    }
}

void identity_forget_scopes(void)
{
    put_back_scopes();
    pointer_map_clear(&scopes.map);
    pointer_map_clear(&scopes.refs);
    scopes.limbo = (struct limbo){.next = 0};
    scopes.last = NULL;
    scopes.gone = NULL;
}
