/* SPDX-License-Identifier: MIT */
/* Deliveries that get nowhere: each costs a turn of the event loop, which then never sleeps. */
#include "analyzer/core/findings.h"
#include "analyzer/core/scopes.h"
#include "analyzer/core/world.h"
#include "analyzer/rules/rules.h"

/* A few dozen are normal for a task that takes its time to end. */
#define STORM 100u

static void storm_over(struct task *task)
{
    task->stormy = false;
    task->storm_raised = task->storm_attempts = 0;
    mark_clear(&task->storm_began);
}

/* Counts n more; true at the moment when it has become a storm. Another scope's deliveries are another matter:
 * each that is left delivers once more, and a task that lives long sees a hundred such scopes. */
static bool storm_grows(struct world *world, struct task *task, const struct scope *origin, uint64_t *counter,
                        uint64_t n)
{
    if (task->storm_origin.serial != origin->id.serial)
        storm_over(task);
    task->stormy = true;
    task->storm_origin = origin->id;
    if (!task->storm_began.time_ns)
        mark_set(&task->storm_began, world, (struct stack_id){0}, (struct task_id){0}, NULL);
    uint64_t before = MAX(task->storm_raised, task->storm_attempts);
    *counter += n;
    return before < STORM && *counter >= STORM;
}

/* The first of the scope's own; NULL: none. */
static const struct request *request_of(const struct task *task, const struct scope *origin, uint32_t *ret_units)
{
    const struct request *first = NULL;
    *ret_units = 0;
    for (const struct request *request = task->first; request; request = request->next)
        if (request->origin == origin && !request->propagated) {
            first = first ? first : request;
            *ret_units += request->count;
        }
    return first;
}

/* A host that waits for its children is delivered to as they are: what gets nowhere is the task on which the most
 * requests pile up. NULL: on none more than on the host. */
static const struct request *worst(const struct world *world, const struct task *host, const struct scope *origin)
{
    g_autoptr(GPtrArray) tasks = serial_table_items(&world->tasks);
    const struct request *found = NULL;
    uint32_t units, most;
    request_of(host, origin, &most);
    for (guint i = 0; i < tasks->len; i++) {
        const struct task *task = g_ptr_array_index(tasks, i);
        const struct request *request = task == host || task->over ? NULL : request_of(task, origin, &units);
        if (!request || units < most || (units == most && (!found || task->id.serial > found->task->id.serial)))
            continue;
        most = units;
        found = request;
    }
    return found;
}

static void report(struct world *world, struct task *task, struct scope *origin, const struct request *request)
{
    if (origin->reported)
        return;
    origin->reported = true;
    uint32_t before = origin->counter_before;
    const struct request *other = origin->host == task ? worst(world, task, origin) : NULL;
    if (other) {
        request = other;
        task = other->task;
        before = other->before;
    }
    g_autofree char *title = task_title(task->name);
    char *message = g_strdup_printf("The %s%s keeps delivering its cancellation to %s, more than %u times so far, "
                                    "and the task gets nowhere: the event loop is kept busy.",
                                    scope_kind(origin), entered_at(world, origin), title, STORM - 1);
    finding_report(world, &(struct verdict){.rule = &cancel_storm,
                                            .level = LEVEL_WARNING,
                                            .uncertain = world_uncertain(world, task->storm_began.order),
                                            .task = task,
                                            .scope = origin,
                                            .request = request,
                                            .counter_known = true,
                                            .counter_before = before,
                                            .counter_after = task->total,
                                            .message = message});
}

static void on_raise(struct world *world, struct request *request)
{
    if (!request->origin || request->propagated)
        return;
    if (storm_grows(world, request->task, request->origin, &request->task->storm_raised, request->count))
        report(world, request->task, request->origin, request);
}

static void on_deliver(struct world *world, const struct delivery *delivery)
{
    struct task *task = delivery->task;
    /* one attempt goes through every scope that is nested in the origin on its task */
    bool part = delivery->scope != delivery->origin && task && delivery->origin->host == task;
    if (task && !part && storm_grows(world, task, delivery->origin, &task->storm_attempts, delivery->repeat))
        report(world, task, delivery->origin, NULL);
}

/* Leaving a scope that was there before is progress; one that is entered and left in between is not. */
static void after_exit(struct world *world, const struct exit_facts *facts)
{
    (void)world;
    if (facts->host && !facts->stays_open && scope_entered_before(facts->scope, &facts->host->storm_began))
        storm_over(facts->host);
}

const struct rule cancel_storm = {
    .name = "cancel-storm",
    .level = LEVEL_WARNING,
    .summary = "a scope delivers its cancellation again and again without effect",
    .on_raise = on_raise,
    .on_deliver = on_deliver,
    .on_exit = after_exit,
};
