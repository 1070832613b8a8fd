/* SPDX-License-Identifier: MIT */
#include "analyzer/core/tree.h"

#include "analyzer/core/analysis_internal.h"
#include "analyzer/core/findings.h"
#include "analyzer/core/scopes.h"
#include "analyzer/core/world.h"

/* Like siblings in a row that are listed before the rest are only counted. */
#define LISTED_ALIKE 3u
/* Children of one parent that are listed at all. */
#define LISTED_CHILDREN 1000u
/* Deeper scopes are listed beside the one at this depth: nobody reads further, and the tree is recursive. */
#define LISTED_DEPTH 100u
/* Scopes of one task that are listed: when all are wanted, and when only those that tell something are. */
#define LISTED_OF_ALL 20000u
#define LISTED_OF_TELLING 500u

struct tree_node {
    struct tree_node *parent; /* the task's root has none */
    struct scope *scope;      /* while somebody still knows it; NULL after */
    struct scope_id id;
    const char *kind; /* the provider's */
    uint32_t entry, depth;
    struct mark entered, exited, cancelled;
    uint32_t counter_before, counter_after;
    bool shield, open, of_child;
    uint64_t folded;
    uint32_t listed;     /* of a root: how many nodes there are below it */
    GPtrArray *children; /* struct tree_node *; NULL: none */
};

void tree_node_free(struct tree_node *node)
{
    if (!node)
        return;
    if (node->scope)
        node->scope->node = NULL;
    mark_clear(&node->entered);
    mark_clear(&node->exited);
    mark_clear(&node->cancelled);
    for (guint i = 0; node->children && i < node->children->len; i++)
        tree_node_free(g_ptr_array_index(node->children, i));
    g_clear_pointer(&node->children, g_ptr_array_unref);
    g_free(node);
}

void tree_node_detach(struct scope *scope)
{
    scope->node->scope = NULL;
    scope->node = NULL;
}

static struct tree_node *node_new(struct tree_node *parent, struct scope *scope)
{
    struct tree_node *node = g_new0(struct tree_node, 1);
    node->parent = parent;
    node->depth = parent->depth + 1;
    node->scope = scope;
    node->id = scope->id;
    node->kind = scope_kind(scope);
    node->entry = scope->entry;
    node->counter_before = scope->counter_before;
    node->counter_after = scope->counter_after;
    node->shield = scope->shield;
    node->open = scope->open;
    mark_copy(&node->entered, &scope->entered);
    if (scope->cancelled && scope->cancelled->time_ns)
        mark_copy(&node->cancelled, scope->cancelled);
    node->of_child = scope->of_child;
    if (scope->exited.time_ns)
        mark_copy(&node->exited, &scope->exited);
    scope->node = node;
    scope->special = true;
    return node;
}

/* NULL: there are enough. */
static struct tree_node *node_add(struct tree_node *root, struct tree_node *parent, struct scope *scope, bool all)
{
    if (parent->depth >= LISTED_DEPTH)
        parent = parent->parent;
    if (!parent->children)
        parent->children = g_ptr_array_new();
    guint siblings = parent->children->len;
    if (siblings >= LISTED_CHILDREN || root->listed >= (all ? LISTED_OF_ALL : LISTED_OF_TELLING)) {
        if (siblings)
            ((struct tree_node *)g_ptr_array_index(parent->children, siblings - 1))->folded++;
        return NULL;
    }
    struct tree_node *node = node_new(parent, scope);
    g_ptr_array_add(parent->children, node);
    root->listed++;
    return node;
}

/* What encloses a listed scope is listed too, from the outermost in. */
void tree_list_scope(struct world *world, struct scope *scope)
{
    struct task *host = scope->node ? NULL : world_find_task(world, scope->host_id);
    if (!host)
        return;
    if (!host->tree)
        host->tree = g_new0(struct tree_node, 1);
    struct scope *path[LISTED_DEPTH], *outer = scope;
    uint32_t length = 0;
    for (; outer && !outer->node && length < LISTED_DEPTH; outer = scope_outer(world, outer))
        path[length++] = outer;
    struct tree_node *parent = outer && outer->node ? outer->node : host->tree;
    /* An odd trace may lead in a circle. */
    while (parent && length-- > 0)
        parent = path[length]->node ? path[length]->node
                                    : node_add(host->tree, parent, path[length], world->analysis->options.tree);
}

void tree_scope_entered(struct world *world, struct scope *scope)
{
    if (world->analysis->options.tree || (scope->special && scope->cancelled))
        tree_list_scope(world, scope);
}

static bool node_alike(const struct tree_node *a, const struct tree_node *b)
{
    return !a->open && !b->open && !a->children && !b->children && g_str_equal(a->kind, b->kind) &&
           a->entered.stack.node == b->entered.stack.node && a->shield == b->shield &&
           (a->cancelled.time_ns != 0) == (b->cancelled.time_ns != 0) &&
           a->counter_after - a->counter_before == b->counter_after - b->counter_before;
}

static void node_fold(const struct task *host, struct tree_node *node)
{
    GPtrArray *siblings = node->parent->children;
    guint at = siblings->len - 1;
    if (g_ptr_array_index(siblings, at) != node || at < LISTED_ALIKE)
        return;
    for (guint i = 1; i <= LISTED_ALIKE; i++)
        if (!node_alike(node, g_ptr_array_index(siblings, at - i)))
            return;
    struct tree_node *previous = g_ptr_array_index(siblings, at - 1);
    previous->folded += 1 + node->folded;
    g_ptr_array_remove_index(siblings, at);
    tree_node_free(node);
    host->tree->listed--;
}

void tree_scope_exited(struct world *world, struct scope *scope)
{
    if (scope->was_cancelled || scope->counter_after != scope->counter_before)
        tree_list_scope(world, scope);
    struct tree_node *node = scope->special ? scope->node : NULL;
    if (!node)
        return;
    node->open = false;
    node->counter_after = scope->counter_after;
    mark_clear(&node->exited);
    mark_copy(&node->exited, &scope->exited);
    const struct task *host = world_find_task(world, scope->host_id);
    if (host)
        node_fold(host, node);
}

void tree_scope_cancelled(struct world *world, struct scope *scope)
{
    tree_list_scope(world, scope);
    if (!scope->node || scope->node->cancelled.time_ns)
        return;
    mark_copy(&scope->node->cancelled, scope->cancelled);
    scope->node->of_child = scope->of_child;
}

static GPtrArray *report_scopes(struct world *world, const struct task *task, const struct tree_node *parent)
{
    GPtrArray *scopes = g_ptr_array_new_with_free_func(tree_scope_free);
    for (guint i = 0; parent && parent->children && i < parent->children->len; i++) {
        const struct tree_node *node = g_ptr_array_index(parent->children, i);
        struct tree_scope *scope = g_new0(struct tree_scope, 1);
        scope->scope = scope_ref_new(world, node->id, node->kind, node->entered.stack);
        scope->entry = node->entry;
        scope->entered = moment_new(world, &node->entered, node->id);
        scope->exited = moment_new(world, &node->exited, node->id);
        scope->cancelled = moment_of_cancel(world, &node->cancelled, node->id, node->of_child);
        scope->counter_before = node->counter_before;
        scope->counter_after = node->counter_after;
        scope->shield = node->shield;
        scope->open = node->open;
        scope->folded = node->folded;
        scope->children = report_scopes(world, task, node);
        g_ptr_array_add(scopes, scope);
    }
    return scopes;
}

static enum task_end_state end_state(const struct task *task)
{
    static const enum task_end_state states[] = {[TASK_OPEN] = TASK_END_OPEN,
                                                 [TASK_FINISHED] = TASK_END_FINISHED,
                                                 [TASK_CANCELLED] = TASK_END_CANCELLED,
                                                 [TASK_FAILED] = TASK_END_FAILED};
    if (!task->over)
        return task->world->process->ended_in_order ? TASK_END_OPEN : TASK_END_UNKNOWN;
    return (size_t)task->how < G_N_ELEMENTS(states) ? states[task->how] : TASK_END_UNKNOWN;
}

void tree_task_over(struct world *world, struct task *task)
{
    if (!task->known || !(task->involved || world->analysis->options.tree))
        return;
    g_autoptr(GPtrArray) open = scopes_open_on(task);
    for (guint i = 0; i < open->len; i++)
        tree_list_scope(world, g_ptr_array_index(open, i));
    struct tree_task *tree = g_new0(struct tree_task, 1);
    tree->process = world->process;
    tree->task.id = task->id;
    tree->task.name = g_strdup(task->name);
    tree->task.coroutine = g_strdup(task->coroutine);
    tree->parent = task->parent;
    tree->end = end_state(task);
    tree->counter_max = task->counter_max;
    tree->counter_last = task->counter_last;
    tree->involved = task->involved;
    tree->scopes = report_scopes(world, task, task->tree);
    g_ptr_array_add(world->analysis->report.tasks, tree);
}

static gint by_process_and_id(gconstpointer a, gconstpointer b)
{
    const struct tree_task *x = *(struct tree_task *const *)a, *y = *(struct tree_task *const *)b;
    if (x->process->first_ns != y->process->first_ns)
        return x->process->first_ns < y->process->first_ns ? -1 : 1;
    if (x->process != y->process)
        return x->process->number < y->process->number ? -1 : 1;
    return x->task.id.serial < y->task.id.serial ? -1 : x->task.id.serial > y->task.id.serial;
}

static guint hash_task(gconstpointer data)
{
    const struct tree_task *task = data;
    return g_direct_hash(task->process) ^ g_int64_hash(&task->task.id.serial);
}

static gboolean same_task(gconstpointer a, gconstpointer b)
{
    const struct tree_task *x = a, *y = b;
    return x->process == y->process && x->task.id.serial == y->task.id.serial;
}

static struct tree_task *parent_of(GHashTable *known, const struct tree_task *task)
{
    const struct tree_task sought = {.process = task->process, .task.id = task->parent};
    return g_hash_table_lookup(known, &sought);
}

/* Serials rise, so a parent's is the smaller one and it is placed already, but for tasks that a dump found in any
 * order. An odd trace may lead in a circle, or far. */
static void place(struct tree_task *task, GHashTable *known, GHashTable *placed, GPtrArray *result)
{
    g_autoptr(GPtrArray) path = g_ptr_array_new();
    for (; task && g_hash_table_add(placed, task); task = parent_of(known, task))
        g_ptr_array_add(path, task);
    for (guint i = path->len; i-- > 0;)
        g_ptr_array_add(result, g_ptr_array_index(path, i));
}

void tree_sort(GPtrArray *tasks)
{
    g_ptr_array_sort(tasks, by_process_and_id);
    g_autoptr(GPtrArray) result = g_ptr_array_new();
    g_autoptr(GHashTable) placed = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) known = g_hash_table_new(hash_task, same_task);
    for (guint i = 0; i < tasks->len; i++)
        g_hash_table_add(known, g_ptr_array_index(tasks, i));
    for (guint i = 0; i < tasks->len; i++)
        place(g_ptr_array_index(tasks, i), known, placed, result);
    for (guint i = 0; i < tasks->len; i++)
        tasks->pdata[i] = result->pdata[i];
}
