/* SPDX-License-Identifier: MIT */
#include "preload/agent/identity.h"

#include <stdlib.h>
#include <string.h>

#include "preload/agent/coroutine_end.h"
#include "preload/agent/death.h"
#include "preload/agent/limbo.h"
#include "preload/agent/pointer_map.h"
#include "preload/agent/raised.h"
#include "preload/agent/scope_found.h"
#include "preload/agent/seldom.h"
#include "preload/agent/slab.h"
#include "preload/agent/surprise.h"
#include "preload/agent/task.h"
#include "preload/agent/task_class.h"
#include "preload/agent/watch.h"

#define SLAB 256u

static struct {
    struct pointer_map map; /* object → struct task */
    struct task *last;      /* found: mostly the one that is asked for next; NULL = none */
    struct task *free;
    uint64_t serials;
    struct limbo limbo;
} tasks;

static struct {
    struct pointer_map map;  /* object → struct scope */
    struct pointer_map refs; /* weak reference → struct scope */
    struct scope *last;      /* likewise */
    struct scope *free;
    uint64_t serials;
    PyObject *gone; /* the weak references' callback */
    struct limbo limbo;
} scopes;

#define MAP_ITEMS(map)                                                                                            \
    .items = &(map).slots, .count = &(map).capacity, .stride = sizeof(struct pointer_map_slot), .is_indirect = 1, \
    .at = offsetof(struct pointer_map_slot, value)

struct tables_list identity_task_table = {
    MAP_ITEMS(tasks.map), .record = sizeof(struct task),
    .fields = {[TABLES_TASK_SERIAL] = TABLES_FIELD(struct task, serial),
               [TABLES_TASK_PARENT] = TABLES_FIELD(struct task, parent),
               [TABLES_TASK_COUNTER] = TABLES_FIELD(struct task, counter),
               [TABLES_TASK_ANNOUNCED] = TABLES_FIELD(struct task, announced),
               [TABLES_TASK_ENDED] = TABLES_FIELD(struct task, ended),
               [TABLES_TASK_DONE] = TABLES_FIELD(struct task, done),
               [TABLES_TASK_INNERMOST] = TABLES_FIELD(struct task, innermost),
               [TABLES_TASK_REQUESTS] = TABLES_FIELD(struct task, raised),
               [TABLES_TASK_NAME] = TABLES_FIELD(struct task, name),
               [TABLES_TASK_COROUTINE] = TABLES_FIELD(struct task, coroutine)}};

struct tables_list identity_scope_table = {
    MAP_ITEMS(scopes.map), .record = sizeof(struct scope),
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

/* Without its record a task or scope could not be followed: what is said of the others would be wrong. */
static SELDOM void *lack_memory(void)
{
    surprise("there was no memory for the tables of tasks and scopes");
    return NULL;
}

/* ---- tasks ---- */

/* Many tasks lie between two uses of a record: no line of it is fetched that need not be. */
static void put_back_task(struct task *task)
{
    memset(task, 0, offsetof(struct task, name));
    task->name[0] = task->coroutine[0] = '\0';
    task->next = tasks.free;
    tasks.free = task;
}

static void release_task(struct task *task)
{
    watch_remove(task);
    pointer_map_remove_value(&tasks.map, task->object, task);
    if (tasks.last == task)
        tasks.last = NULL;
    py_drop(task->weak);
    raised_forget(task);
    put_back_task(task);
}

static struct task *take_task(void)
{
    struct task *task;

    if (!tasks.free)
        tasks.free = slab_new(SLAB, sizeof(struct task), offsetof(struct task, next));
    task = tasks.free;
    if (task) {
        tasks.free = task->next;
        task->next = NULL;
    }
    return task;
}

static APART struct task *look_up_task(const PyObject *object)
{
    return tasks.last = pointer_map_get(&tasks.map, object);
}

/* The collector clears the references to what it is about to finalize: a dead one is this object's, as what is
 * born at an address begins a record of its own. */
static APART bool may_stand_for(const struct task *task, const PyObject *object)
{
    const PyObject *alive = py_weak_target(task->weak);

    return !alive || alive == object;
}

OFTEN struct task *identity_find_task(PyObject *object)
{
    struct task *task = tasks.last;

    if (!task || task->object != object)
        task = look_up_task(object);
    if (!task || (task->heard && !task->ended))
        return task;
    return may_stand_for(task, object) ? task : NULL;
}

struct task *identity_new_task(PyObject *object)
{
    const struct task_class *class = task_class_of(object);
    /* which may collect garbage, and with it others whose end gives records up */
    PyObject *weak = class ? PyWeakref_NewRef(object, NULL) : NULL;
    struct task *stale = pointer_map_get(&tasks.map, object);
    struct task *task = weak ? take_task() : NULL;

    if (stale)
        release_task(stale);
    if (!task) {
        PyErr_Clear();
        py_drop(weak);
        return weak ? lack_memory() : NULL;
    }
    task->object = object;
    task->weak = weak;
    task->class = class;
    task->serial = ++tasks.serials;
    task->heard = task_end_is_heard(object);
    if (pointer_map_put(&tasks.map, object, task) < 0) {
        release_task(task);
        return lack_memory();
    }
    tasks.last = task;
    return task;
}

static APART struct task *meet_task(PyObject *object, struct task *ended)
{
    /* nor is what was found that of an object which was never born at this address */
    if (!task_class_is_initialized(object))
        return NULL;
    return ended ? ended : identity_new_task(object);
}

struct task *identity_task(PyObject *object)
{
    struct task *task = identity_find_task(object);

    return task && !task->ended ? task : meet_task(object, task);
}

void identity_end_task(struct task *task)
{
    uint64_t serial;
    struct task *displaced = limbo_put(&tasks.limbo, task, task->serial, &serial);

    if (displaced && displaced->serial == serial)
        release_task(displaced);
    watch_remove(task);
    task->ended = true;
}

/* Of all that the map has. */
static void **records_of(const struct pointer_map *map, uint32_t *ret_count)
{
    void **all = calloc(map->used + 1, sizeof(*all));

    *ret_count = 0;
    for (uint32_t i = 0; all && i < map->capacity; i++)
        if (map->slots[i].key)
            all[(*ret_count)++] = map->slots[i].value;
    return all;
}

void **identity_tasks(uint32_t *ret_count)
{
    return records_of(&tasks.map, ret_count);
}

void identity_drop_dead(void)
{
    uint32_t count;
    void **all = identity_tasks(&count);

    for (uint32_t i = 0; i < count; i++)
        if (!py_weak_target(((struct task *)all[i])->weak))
            release_task(all[i]);
    free(all);
}

void identity_each_task(void (*visit)(struct task *task, void *data), void *data)
{
    uint32_t count;
    void **all = identity_tasks(&count);

    for (uint32_t i = 0; i < count; i++) {
        struct task *task = all[i];

        if (task->serial && !task->ended)
            visit(task, data);
    }
    free(all);
}

/* ---- scopes ---- */

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
        scopes.free = slab_new(SLAB, sizeof(struct scope), offsetof(struct scope, next));
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
        return lack_memory();
    scope->object = object;
    scope->provider = provider;
    scope->state = provider_state(provider);
    scope->serial = ++scopes.serials;
    scope->heard = death_is_heard(object);
    if (UNLIKELY(pointer_map_put(&scopes.map, object, scope) < 0 || (!scope->heard && refer_to(scope) < 0))) {
        release_scope(scope);
        return lack_memory();
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
    return records_of(&scopes.map, ret_count);
}

void identity_close_all(void)
{
    for (uint32_t i = 0; i < scopes.map.capacity; i++)
        if (scopes.map.slots[i].key)
            identity_close_scope(scopes.map.slots[i].value);
}

void identity_stop_hearing(void)
{
    uint32_t i = 0;

    for (uint32_t j = 0; j < tasks.map.capacity; j++)
        if (tasks.map.slots[j].key)
            ((struct task *)tasks.map.slots[j].value)->heard = false;
    while (i < scopes.map.capacity) {
        struct scope *scope = scopes.map.slots[i].key ? scopes.map.slots[i].value : NULL;

        /* the place of one that is taken out is taken by another */
        if (scope && scope->heard)
            release_scope(scope);
        else
            i++;
    }
}

static void put_back_tasks(void)
{
    for (uint32_t i = 0; i < tasks.map.capacity; i++) {
        struct task *task = tasks.map.slots[i].key ? tasks.map.slots[i].value : NULL;

        if (task) {
            raised_forget(task);
            put_back_task(task);
        }
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

void identity_forget(void)
{
    put_back_tasks();
    put_back_scopes();
    pointer_map_clear(&tasks.map);
    pointer_map_clear(&scopes.map);
    pointer_map_clear(&scopes.refs);
    tasks.limbo = scopes.limbo = (struct limbo){.next = 0};
    tasks.last = NULL;
    scopes.last = NULL;
    scopes.gone = NULL;
}
