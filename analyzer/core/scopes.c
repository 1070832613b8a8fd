/* SPDX-License-Identifier: MIT */
#include "analyzer/core/scopes.h"

#include <string.h>

#include "analyzer/core/analysis_internal.h"
#include "analyzer/core/cache.h"
#include "analyzer/core/ledger.h"
#include "analyzer/core/shared_text.h"
#include "analyzer/core/tree.h"
#include "analyzer/core/world.h"

/* Late deliveries come within a few loop iterations of the exit. A busy server leaves 150,000 scopes a second, and
 * what is remembered of each must not fall out of the processor's cache before it is freed: only those that were
 * cancelled or that a request refers to are kept for long. */
#define EXITED_WAIT 1024u
#define EXITED_REMEMBERED 16384u
#define ORPHANS_REMEMBERED 4096u
/* So many scopes around one are asked: a trace may say that they go round. */
#define PARENTS_ASKED 1000u
_Static_assert(sizeof(struct scope) == 4 * CACHE_LINE, "a busy program goes through thousands of them");
_Static_assert((EXITED_WAIT & (EXITED_WAIT - 1)) == 0, "the ring of exited scopes grows to this size");

/* Of a mark that nobody will look at any more. */
static void mark_release(const struct mark *mark)
{
    shared_text_release(mark->by_name);
    shared_text_release(mark->reason);
}

static void scope_clear_special(struct scope *scope)
{
    if (scope->hand_back) {
        request_free(scope->hand_back->victim);
        mark_clear(&scope->hand_back->mark);
        g_free(scope->hand_back);
    }
    if (scope->cancelled)
        mark_release(scope->cancelled);
    g_free(scope->cancelled);
    scope_release(scope->outlived_by);
    scope_release(scope->lost_to);
    if (scope->node)
        tree_node_detach(scope);
    memset(&scope->cancelled, 0, sizeof *scope - offsetof(struct scope, cancelled));
}

static void scope_free(struct scope *scope)
{
    mark_release(&scope->entered);
    mark_release(&scope->exited);
    if (scope->special)
        scope_clear_special(scope);
    pool_give(&scope->world->scope_pool, scope);
}

void scope_release(void *data)
{
    struct scope *scope = data;
    if (scope && --scope->refs == 0)
        scope_free(scope);
}

struct scope *scope_outer(const struct world *world, const struct scope *scope)
{
    struct scope *outer = scope_find(world, scope->outer);
    return outer && outer->entry == scope->outer_entry ? outer : NULL;
}

static struct scope *scope_new(struct world *world, struct scope_id id)
{
    struct scope *scope = pool_take(&world->scope_pool, sizeof *scope);
    cache_clear(scope, offsetof(struct scope, cancelled)); /* the rest is zero */
    scope->world = world;
    scope->refs = 1;
    scope->id = id;
    /* The old entry lives on in whatever refers to it. */
    struct scope *previous = serial_table_put(&world->scopes, &scope->item);
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
    scope->next = NULL;
    *(queue->last ? &queue->last->next : &queue->first) = scope;
    queue->last = scope;
    queue->length++;
}

static struct scope *queue_pop(struct scope_queue *queue)
{
    struct scope *scope = queue->first;
    queue->first = scope->next;
    if (!queue->first)
        queue->last = NULL;
    queue->length--;
    return scope;
}

static struct scope_place *ring_place(const struct scope_ring *ring, uint32_t index)
{
    return &ring->places[(ring->first + index) & (ring->room - 1)];
}

static void ring_grow(struct scope_ring *ring)
{
    struct scope_ring larger = {.length = ring->length, .room = ring->room ? 2 * ring->room : 16};
    larger.places = g_new(struct scope_place, larger.room);
    for (uint32_t i = 0; i < ring->length; i++)
        larger.places[i] = *ring_place(ring, i);
    g_free(ring->places);
    *ring = larger;
}

static void ring_push(struct scope_ring *ring, struct scope *scope)
{
    if (ring->length == ring->room)
        ring_grow(ring);
    *ring_place(ring, ring->length++) = (struct scope_place){scope, scope->id};
}

static struct scope *ring_pop(struct scope_ring *ring)
{
    struct scope *scope = ring_place(ring, 0)->scope;
    ring->first++;
    ring->length--;
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

void scopes_expect_exit(const struct world *world, uint32_t exits)
{
    if (world->exited.length < EXITED_WAIT)
        return;
    const struct scope_place *place = ring_place(&world->exited, exits);
    serial_table_expect_chain(&world->scopes, place->id.serial);
    cache_fetch(place->scope, offsetof(struct scope, cancelled));
}

void scopes_expect_names(const struct world *world, uint32_t exits)
{
    for (uint32_t i = 0; world->exited.length == EXITED_WAIT && i < exits; i++)
        __builtin_prefetch(ring_place(&world->exited, i)->scope->entered.by_name);
}

static void forget_oldest_exited(struct world *world)
{
    struct scope *oldest = ring_pop(&world->exited);
    if (!oldest->was_cancelled && !is_referred_to(oldest)) {
        scope_forget(world, oldest);
        return;
    }
    queue_push(&world->remembered, oldest);
    if (world->remembered.length > EXITED_REMEMBERED)
        scope_forget(world, queue_pop(&world->remembered));
}

/* Exited scopes stay findable for a while, then go unless something refers to them. */
static void scope_retire(struct world *world, struct scope *scope)
{
    if (scope->retired)
        return;
    scope->retired = true;
    if (world->exited.length == EXITED_WAIT)
        forget_oldest_exited(world);
    ring_push(&world->exited, scope_hold(scope));
}

void scopes_forget_all(struct world *world)
{
    while (world->exited.length)
        scope_forget(world, ring_pop(&world->exited));
    g_free(world->exited.places);
    world->exited = (struct scope_ring){0};
    while (world->remembered.length)
        scope_forget(world, queue_pop(&world->remembered));
    g_queue_clear_full(&world->orphans, scope_release);
    g_autoptr(GPtrArray) rest = serial_table_items(&world->scopes);
    serial_table_clear(&world->scopes);
    for (guint i = 0; i < rest->len; i++)
        scope_release(g_ptr_array_index(rest, i));
    pool_clear(&world->scope_pool);
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
        scope->special |= previous->cancelled != NULL;
        if (previous->cancelled)
            mark_copy(scope->cancelled = g_new(struct mark, 1), previous->cancelled);
        scope_release(previous);
    }
    return scope;
}

/* Late news come in any order: by the time of the entry, outermost first. */
static struct scope **place_on_host(struct task *host, const struct scope *scope)
{
    struct scope **place = &host->innermost;
    while ((scope->late || scope->lazy) && *place && (*place)->entered.time_ns > scope->entered.time_ns)
        place = &(*place)->around;
    return place;
}

static void scope_join_host(struct scope *scope, struct task *host)
{
    struct scope **place = place_on_host(host, scope), *outer = *place;
    scope->host = host;
    scope->host_id = host->id;
    if (outer) {
        scope->outer = outer->id;
        scope->outer_entry = outer->entry;
    }
    scope->around = outer;
    *place = scope_hold(scope);
}

GPtrArray *scopes_open_on(const struct task *host)
{
    GPtrArray *open = g_ptr_array_new();
    for (struct scope *scope = host->innermost; scope; scope = scope->around)
        g_ptr_array_add(open, scope);
    for (guint i = 0; i < open->len / 2; i++) {
        gpointer other = open->pdata[i];
        open->pdata[i] = open->pdata[open->len - 1 - i];
        open->pdata[open->len - 1 - i] = other;
    }
    return open;
}

void scopes_leave_host(struct task *host)
{
    while (host->innermost) {
        struct scope *scope = host->innermost;
        host->innermost = scope->around;
        scope->host = NULL;
        scope->around = NULL;
        scope_release(scope);
    }
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
    mark_clear(&scope->entered);
    scope->entered = mark_now(world, event->stack, event->task);
    if (event->entered_ns)
        scope->entered.time_ns = event->entered_ns;
    struct task *host = world_get_task(world, event->task);
    if (host)
        scope_join_host(scope, host);
    return scope;
}

struct scope *scope_past(struct world *world, const struct event_scope_past *event)
{
    struct scope *known = scope_find(world, event->scope);
    if (!event->scope.serial || (known && known->known && known->entry >= event->entry))
        return NULL;
    if (known && known->open)
        scope_close(world, known);
    struct scope *scope = scope_next_entry(world, event->scope, known);
    scope->known = scope->lazy = scope->was_cancelled = true;
    scope->entry = event->entry;
    scope->provider = world_find_provider(world, event->provider);
    scope->host_id = event->task;
    scope->counter_before = event->counter;
    scope->counter_after = event->after;
    scope->exception_in = event->exception_in;
    scope->outcome = event->outcome;
    scope_retire(world, scope);
    return scope;
}

/* Nearly always it is the innermost. */
static void scope_leave_host(struct scope *scope)
{
    struct scope **place = &scope->host->innermost;
    scope->host = NULL;
    while (*place && *place != scope)
        place = &(*place)->around;
    if (!*place)
        return;
    *place = scope->around;
    scope->around = NULL;
    scope_release(scope);
}

void scope_close(struct world *world, struct scope *scope)
{
    scope->open = false;
    scope_retire(world, scope);
    if (scope->host)
        scope_leave_host(scope);
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

bool scope_was_swept(const struct scope *scope, const struct task *host)
{
    return host->over && host->how == TASK_OPEN && host->over_tick == scope->exited.tick;
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

bool scope_is_cancelled_from_outside(const struct scope *scope)
{
    const struct world *world = scope->world;
    for (unsigned depth = 0; scope && !scope->shield && depth < PARENTS_ASKED; depth++) {
        scope = scope_find(world, scope->announced_parent);
        if (scope && scope->was_cancelled && scope->open)
            return true;
    }
    return false;
}
