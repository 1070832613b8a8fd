/* SPDX-License-Identifier: MIT */
#include "analyzer/core/world.h"

#include "analyzer/core/analysis_internal.h"
#include "analyzer/core/ledger.h"
#include "analyzer/core/libraries.h"
#include "analyzer/core/scopes.h"
#include "analyzer/core/shared_text.h"
#include "analyzer/core/stacks.h"
#include "analyzer/core/tree.h"

static void provider_free(void *data)
{
    struct provider *provider = data;
    g_free(provider->kind);
    g_free(provider);
}

static void task_free(struct task *task)
{
    ledger_clear(task);
    scopes_leave_host(task);
    g_clear_pointer(&task->raisers, g_ptr_array_unref);
    g_clear_pointer(&task->closed, g_ptr_array_unref);
    g_clear_pointer(&task->findings, g_ptr_array_unref);
    tree_node_free(task->tree);
    mark_clear(&task->storm_began);
    g_clear_pointer(&task->name, shared_text_release);
    g_clear_pointer(&task->coroutine, shared_text_release);
    pool_give(&task->world->task_pool, task);
}

struct world *world_new(struct analysis *analysis, struct report_process *process, const char *host, uint32_t pid)
{
    struct world *world = g_new0(struct world, 1);
    world->analysis = analysis;
    world->process = process;
    world->host = g_strdup(host);
    world->pid = pid;
    world->frames = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    world->providers = g_hash_table_new_full(NULL, NULL, NULL, provider_free);
    world->ticks = g_hash_table_new(NULL, NULL);
    world->strings = g_string_chunk_new(4096);
    g_queue_init(&world->orphans);
    stacks_init(world);
    libraries_init(world);
    return world;
}

void world_reset(struct world *world)
{
    world->recent_task = NULL;
    g_autoptr(GPtrArray) tasks = serial_table_items(&world->tasks);
    serial_table_clear(&world->tasks);
    for (guint i = 0; i < tasks->len; i++)
        task_free(g_ptr_array_index(tasks, i));
    pool_clear(&world->task_pool);
    scopes_forget_all(world);
}

void world_free(struct world *world)
{
    if (!world)
        return;
    world_reset(world);
    g_hash_table_unref(world->frames);
    g_hash_table_unref(world->providers);
    g_hash_table_unref(world->ticks);
    stacks_free(world);
    libraries_free(world);
    g_string_chunk_free(world->strings);
    g_clear_pointer(&world->label, shared_text_release);
    g_free(world->stdlib);
    g_free(world->host);
    g_free(world);
}

void world_gap(struct world *world)
{
    world->gap = world->order;
}

bool world_uncertain(const struct world *world, uint64_t order)
{
    return order < world->gap;
}

struct task *world_get_task(struct world *world, struct task_id id)
{
    struct task *task = world_find_task(world, id);
    if (task || !id.serial)
        return world->recent_task = task;
    task = pool_take(&world->task_pool, sizeof *task);
    cache_clear(task, sizeof *task);
    task->world = world;
    task->id = id;
    task->order = world->order;
    task->last_tick = world->tick;
    task->tid = world->tid;
    serial_table_put(&world->tasks, &task->item);
    return world->recent_task = task;
}

void world_drop_task(struct world *world, struct task *task)
{
    world->recent_task = NULL;
    task_free(serial_table_take(&world->tasks, task->id.serial));
}

void world_add_frame(struct world *world, const struct event_frame *frame)
{
    /* A session that dumps again announces again: an id never changes its meaning within a process. */
    if (!frame->frame.node || g_hash_table_contains(world->frames, GUINT_TO_POINTER(frame->frame.node)))
        return;
    struct frame_node *node = g_new0(struct frame_node, 1);
    node->parent = frame->parent.node;
    node->line = frame->line;
    node->file = g_string_chunk_insert_const(world->strings, frame->file);
    node->function = g_string_chunk_insert_const(world->strings, frame->function);
    g_hash_table_insert(world->frames, GUINT_TO_POINTER(frame->frame.node), node);
}

/* Traits that agents of before did not tell: the version of the package does. */
static const struct {
    const char *kind, *package, *versions;
    uint32_t traits;
} untold[] = {
    {"anyio.CancelScope", "anyio", "3.", TRAIT_STOPS_IN_WAIT},
};

static void complete_traits(const struct world *world, struct provider *provider)
{
    for (size_t i = 0; i < G_N_ELEMENTS(untold); i++) {
        const char *version = g_hash_table_lookup(world->process->packages, untold[i].package);
        if (version && g_str_has_prefix(version, untold[i].versions) &&
            g_strcmp0(provider->kind, untold[i].kind) == 0)
            provider->traits |= untold[i].traits;
    }
}

void world_add_package(struct world *world, const struct event_package *event)
{
    GHashTableIter iterator;
    void *provider;
    if (!*event->name)
        return;
    g_hash_table_replace(world->process->packages, g_strdup(event->name), g_strdup(event->version));
    g_hash_table_iter_init(&iterator, world->providers);
    while (g_hash_table_iter_next(&iterator, NULL, &provider))
        complete_traits(world, provider);
}

void world_add_provider(struct world *world, const struct event_provider *event)
{
    void *key = GUINT_TO_POINTER(event->provider.number);
    if (!event->provider.number || g_hash_table_contains(world->providers, key))
        return;
    struct provider *provider = g_new0(struct provider, 1);
    provider->traits = event->traits;
    provider->kind = g_strdup(event->kind);
    complete_traits(world, provider);
    g_hash_table_add(world->analysis->report.kinds, g_strdup(event->kind));
    g_hash_table_insert(world->providers, key, provider);
    if (event->provider.number < G_N_ELEMENTS(world->first_providers))
        world->first_providers[event->provider.number] = provider;
    if (event->traits & TRAIT_DESCRIBED)
        stacks_add_module(world, event->module);
    else
        stacks_add_package(world, event->module);
}

const struct provider *world_find_provider(const struct world *world, struct provider_id id)
{
    if (id.number < G_N_ELEMENTS(world->first_providers))
        return world->first_providers[id.number];
    return g_hash_table_lookup(world->providers, GUINT_TO_POINTER(id.number));
}

bool world_has_trait(const struct world *world, enum provider_trait trait)
{
    GHashTableIter iterator;
    void *provider;
    g_hash_table_iter_init(&iterator, world->providers);
    while (g_hash_table_iter_next(&iterator, NULL, &provider))
        if (((const struct provider *)provider)->traits & trait)
            return true;
    return false;
}

void mark_set(struct mark *mark, const struct world *world, struct stack_id stack, struct task_id by,
              const char *reason)
{
    mark_clear(mark);
    *mark = mark_now(world, stack, by);
    mark->reason = shared_text_new(reason);
}

void mark_copy(struct mark *target, const struct mark *source)
{
    *target = *source;
    shared_text_hold(target->by_name);
    shared_text_hold(target->reason);
}

void mark_clear(struct mark *mark)
{
    shared_text_release(mark->by_name);
    shared_text_release(mark->reason);
    *mark = (struct mark){0};
}
