/* SPDX-License-Identifier: MIT */
#include "analyzer/core/scopes.h"

#include <string.h>

#include "analyzer/core/analysis_internal.h"
#include "analyzer/core/ledger.h"
#include "analyzer/core/tree.h"
#include "analyzer/core/world.h"

/* Late deliveries come within a few loop iterations of the exit. A busy server leaves 150,000 scopes a second, and
 * what is remembered of each must not fall out of the processor's cache before it is freed: only those that were
 * cancelled or that a request refers to are kept for long. */
#define EXITED_WAIT 1024u
#define EXITED_REMEMBERED 16384u
#define ORPHANS_REMEMBERED 4096u

struct scope *scope_hold(struct scope *scope)
{
    scope->refs++;
    return scope;
}

/* A busy program enters as many scopes as it leaves: they go through the same few pieces of memory. */
static struct scope *scope_take_spare(struct world *world)
{
    struct scope *scope = world->spare;
    if (!scope)
        return g_new0(struct scope, 1);
    world->spare = scope->next_exited;
    memset(scope, 0, sizeof *scope);
    return scope;
}

static void scope_free(struct scope *scope)
{
    if (scope->hand_back) {
        request_free(scope->hand_back->victim);
        mark_clear(&scope->hand_back->mark);
        g_free(scope->hand_back);
    }
    mark_clear(&scope->entered);
    mark_clear(&scope->exited);
    mark_clear(&scope->cancelled);
    g_clear_pointer(&scope->host_name, g_rc_box_release);
    g_clear_pointer(&scope->outlived_by, scope_release);
    g_clear_pointer(&scope->lost_to, scope_release);
    if (scope->node)
        tree_node_detach(scope);
    scope->next_exited = scope->world->spare;
    scope->world->spare = scope;
}

void scope_release(void *data)
{
    struct scope *scope = data;
    if (scope && --scope->refs == 0)
        scope_free(scope);
}

struct scope *scope_find(const struct world *world, struct scope_id id)
{
    return serial_table_find(&world->scopes, id.serial);
}

struct scope *scope_outer(const struct world *world, const struct scope *scope)
{
    struct scope *outer = scope_find(world, scope->outer);
    return outer && outer->entry == scope->outer_entry ? outer : NULL;
}

static struct scope *scope_new(struct world *world, struct scope_id id)
{
    struct scope *scope = scope_take_spare(world);
    scope->world = world;
    scope->refs = 1;
    scope->id = id;
    /* The old entry lives on in whatever refers to it. */
    struct scope *previous = serial_table_put(&world->scopes, id.serial, scope);
    scope->newest = true;
    if (previous) {
        previous->newest = false;
        scope_release(previous);
    }
    return scope;
}

struct scope *scope_get(struct world *world, struct scope_id id)
{
    struct scope *scope = scope_find(world, id);
    return scope || !id.serial ? scope : scope_new(world, id);
}

static void queue_push(struct scope_queue *queue, struct scope *scope)
{
    scope->next_exited = NULL;
    *(queue->last ? &queue->last->next_exited : &queue->first) = scope;
    queue->last = scope;
    queue->length++;
}

static struct scope *queue_pop(struct scope_queue *queue)
{
    struct scope *scope = queue->first;
    queue->first = scope->next_exited;
    if (!queue->first)
        queue->last = NULL;
    queue->length--;
    return scope;
}

static void scope_forget(struct world *world, struct scope *scope)
{
    scope->retired = false;
    if (!scope->open && scope->newest)
        scope_release(serial_table_take(&world->scopes, scope->id.serial));
    scope_release(scope);
}

/* Beside the queue and the world's table. */
static bool is_referred_to(const struct scope *scope)
{
    return scope->refs > 2;
}

/* Exited scopes stay findable for a while, then go unless something refers to them. */
static void scope_retire(struct world *world, struct scope *scope)
{
    if (scope->retired)
        return;
    scope->retired = true;
    queue_push(&world->exited, scope_hold(scope));
    if (world->exited.length <= EXITED_WAIT)
        return;
    struct scope *oldest = queue_pop(&world->exited);
    if (!oldest->was_cancelled && !is_referred_to(oldest)) {
        scope_forget(world, oldest);
        return;
    }
    queue_push(&world->remembered, oldest);
    if (world->remembered.length > EXITED_REMEMBERED)
        scope_forget(world, queue_pop(&world->remembered));
}

void scopes_forget_all(struct world *world)
{
    while (world->exited.length)
        scope_forget(world, queue_pop(&world->exited));
    while (world->remembered.length)
        scope_forget(world, queue_pop(&world->remembered));
    g_queue_clear_full(&world->orphans, scope_release);
    g_autoptr(GPtrArray) rest = serial_table_items(&world->scopes);
    serial_table_clear(&world->scopes);
    for (guint i = 0; i < rest->len; i++)
        scope_release(g_ptr_array_index(rest, i));
    while (world->spare) {
        struct scope *spare = world->spare;
        world->spare = spare->next_exited;
        g_free(spare);
    }
}

/* A scope that is used again keeps that it was cancelled. */
static struct scope *scope_next_entry(struct world *world, struct scope_id id, struct scope *previous)
{
    if (previous && !previous->known)
        return previous;
    if (previous)
        scope_hold(previous);
    struct scope *scope = scope_new(world, id);
    if (previous) {
        scope->was_cancelled = previous->was_cancelled;
        mark_copy(&scope->cancelled, &previous->cancelled);
        scope_release(previous);
    }
    return scope;
}

/* Late news come in any order: by the time of the entry, outermost first. */
static guint open_position(const struct task *host, const struct scope *scope)
{
    guint position = host->open->len;
    while ((scope->late || scope->lazy) && position > 0) {
        const struct scope *other = g_ptr_array_index(host->open, position - 1);
        if (other->entered.time_ns <= scope->entered.time_ns)
            break;
        position--;
    }
    return position;
}

static void scope_join_host(struct scope *scope, struct task *host)
{
    scope->host = host;
    scope->host_id = host->id;
    g_clear_pointer(&scope->host_name, g_rc_box_release);
    scope->host_name = host->name ? g_rc_box_acquire(host->name) : NULL;
    guint position = open_position(host, scope);
    if (position > 0) {
        const struct scope *outer = g_ptr_array_index(host->open, position - 1);
        scope->outer = outer->id;
        scope->outer_entry = outer->entry;
    }
    g_ptr_array_insert(host->open, (gint)position, scope_hold(scope));
}

struct scope *scope_enter(struct world *world, const struct event_scope_enter *event)
{
    struct scope *known = scope_find(world, event->scope);
    if (!event->scope.serial)
        return NULL;
    /* Announced again: a second dump, or lazily and then by a dump. */
    if (known && known->known && known->entry == event->entry)
        return NULL;
    if (known && known->open)
        scope_close(world, known);
    struct scope *scope = scope_next_entry(world, event->scope, known);
    scope->known = scope->open = true;
    scope->entry = event->entry;
    scope->provider = world_find_provider(world, event->provider);
    scope->announced_parent = event->parent_scope;
    scope->shield = event->shield != 0;
    scope->was_cancelled |= event->cancelled != 0;
    scope->counter_before = scope->counter_after = event->counter;
    scope->late = event->statedump;
    scope->lazy = event->entered_ns && !event->statedump;
    mark_set(&scope->entered, world, event->stack, event->task, NULL);
    if (event->entered_ns)
        scope->entered.time_ns = event->entered_ns;
    struct task *host = world_get_task(world, event->task);
    if (host)
        scope_join_host(scope, host);
    return scope;
}

/* Nearly always it is the last. */
static void remove_open(GPtrArray *open, const struct scope *scope)
{
    guint at = open->len;
    while (at > 0 && g_ptr_array_index(open, at - 1) != scope)
        at--;
    if (at > 0)
        g_ptr_array_remove_index(open, at - 1);
}

void scope_close(struct world *world, struct scope *scope)
{
    scope->open = false;
    scope_retire(world, scope);
    if (scope->host) {
        scope_hold(scope);
        remove_open(scope->host->open, scope);
        scope->host = NULL;
        scope_release(scope);
    }
}

void scope_orphan(struct world *world, struct scope *scope, const struct task *host)
{
    scope->host = NULL;
    scope->host_destroyed = host->how == TASK_OPEN;
    g_queue_push_tail(&world->orphans, scope_hold(scope));
    if (world->orphans.length <= ORPHANS_REMEMBERED)
        return;
    struct scope *oldest = g_queue_pop_head(&world->orphans);
    if (oldest->open) {
        rules_forgotten(world, oldest);
        scope_close(world, oldest);
    }
    scope_release(oldest);
}

uint32_t scope_traits(const struct scope *scope)
{
    return scope->provider ? scope->provider->traits : 0;
}

const char *scope_kind(const struct scope *scope)
{
    return scope->provider && *scope->provider->kind ? scope->provider->kind : "scope";
}

bool scope_uncertain(const struct world *world, const struct scope *scope)
{
    return !scope->known || scope->late || scope->doubtful || world_uncertain(world, scope->entered.order);
}

bool scope_entered_before(const struct scope *scope, const struct mark *moment)
{
    if (scope->lazy && scope->entered.time_ns != moment->time_ns)
        return scope->entered.time_ns < moment->time_ns;
    return scope->entered.order < moment->order;
}

bool scope_encloses(const struct scope *outer, const struct scope *inner)
{
    return outer != inner && outer->host_id.serial == inner->host_id.serial &&
           scope_entered_before(outer, &inner->entered);
}
