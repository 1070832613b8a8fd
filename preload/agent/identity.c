/* SPDX-License-Identifier: MIT */
#include "preload/agent/identity.h"

#include <stdlib.h>
#include <string.h>

#include "preload/agent/identity_parts.h"
#include "preload/agent/limbo.h"
#include "preload/agent/pointer_map.h"
#include "preload/agent/raised.h"
#include "preload/agent/seldom.h"
#include "preload/agent/slab.h"
#include "preload/agent/surprise.h"
#include "preload/agent/task.h"
#include "preload/agent/task_class.h"
#include "preload/agent/watch.h"

/* Never freed, nor are their records. */
struct slab {
    struct slab *older;
    struct task *tasks; /* IDENTITY_SLAB of them */
};

static struct {
    struct pointer_map map; /* object → struct task */
    struct task *last;      /* found: mostly the one that is asked for next; NULL = none */
    struct task *free;
    struct slab *slabs;
    uint64_t serials;
    struct limbo limbo;
} tasks;

struct tables_list identity_task_table = {
    IDENTITY_ITEMS(tasks.map), .record = sizeof(struct task),
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

/* Without its record a task or scope could not be followed: what is said of the others would be wrong. */
void *identity_lack_memory(void)
{
    surprise("there was no memory for the tables of tasks and scopes");
    return NULL;
}

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

static SELDOM void make_tasks(void)
{
    struct slab *slab = calloc(1, sizeof(*slab));

    if (slab)
        slab->tasks = slab_new(IDENTITY_SLAB, sizeof(struct task), offsetof(struct task, next));
    if (!slab || !slab->tasks) {
        free(slab);
        return;
    }
    slab->older = tasks.slabs;
    tasks.slabs = slab;
    tasks.free = slab->tasks;
}

static struct task *take_task(void)
{
    struct task *task;

    if (!tasks.free)
        make_tasks();
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
    PyObject *weak = class ? py_weak_new(object) : NULL;
    struct task *stale = pointer_map_get(&tasks.map, object);
    struct task *task = weak ? take_task() : NULL;

    if (stale)
        release_task(stale);
    if (!task) {
        py_drop(weak);
        return weak ? identity_lack_memory() : NULL;
    }
    task->object = object;
    task->weak = weak;
    task->class = class;
    task->serial = ++tasks.serials;
    task->heard = task_end_is_heard(object);
    if (pointer_map_put(&tasks.map, object, task) < 0) {
        release_task(task);
        return identity_lack_memory();
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

void **identity_tasks(uint32_t *ret_count)
{
    return pointer_map_values(&tasks.map, ret_count);
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

/* In the order of memory, which is mostly that of their births: where there are many, the processor fetches them
 * ahead. What is made meanwhile may be left out. */
void identity_each_task(void (*visit)(struct task *task, void *data), void *data)
{
    for (struct slab *slab = tasks.slabs; slab; slab = slab->older)
        for (uint32_t i = 0; i < IDENTITY_SLAB; i++)
            if (slab->tasks[i].serial && !slab->tasks[i].ended)
                visit(&slab->tasks[i], data);
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

void identity_stop_hearing(void)
{
    for (uint32_t i = 0; i < tasks.map.capacity; i++)
        if (tasks.map.slots[i].key)
            ((struct task *)tasks.map.slots[i].value)->heard = false;
    identity_stop_hearing_scopes();
}

void identity_forget(void)
{
    put_back_tasks();
    pointer_map_clear(&tasks.map);
    tasks.limbo = (struct limbo){.next = 0};
    tasks.last = NULL;
    identity_forget_scopes();
}
