/* SPDX-License-Identifier: MIT */
#include "cli/attach/picture.h"

#include "analyzer/sources/source.h"

static void scope_free(gpointer data)
{
    struct picture_scope *scope = data;
    g_free(scope->kind);
    g_free(scope);
}

static void task_free(gpointer data)
{
    struct picture_task *task = data;
    g_free(task->name);
    g_free(task->coroutine);
    g_ptr_array_unref(task->scopes);
    g_ptr_array_unref(task->children);
    g_free(task);
}

static void frame_free(gpointer data)
{
    struct picture_frame *frame = data;
    g_free(frame->file);
    g_free(frame->function);
    g_free(frame);
}

static gpointer number_key(guint32 number)
{
    return GUINT_TO_POINTER(number);
}

static gint64 *serial_key(guint64 serial)
{
    gint64 *key = g_new(gint64, 1);
    *key = (gint64)serial;
    return key;
}

static struct picture_task *find_task(const struct picture *picture, struct task_id id)
{
    gint64 key = (gint64)id.serial;
    return g_hash_table_lookup(picture->tasks_by_id, &key);
}

static void on_runtime(struct picture *picture, const struct event *event)
{
    const struct event_runtime *runtime = &event->runtime;
    if (picture->python)
        return;
    picture->python = g_strdup(runtime->python);
    picture->executable = g_strdup(runtime->executable);
    picture->argv = g_strdup(runtime->argv);
    picture->stdlib = g_strdup(runtime->stdlib);
}

static void on_provider(struct picture *picture, const struct event *event)
{
    g_hash_table_replace(picture->kinds, number_key(event->provider.provider.number),
                         g_strdup(event->provider.kind));
}

static void on_package(struct picture *picture, const struct event *event)
{
    g_ptr_array_add(picture->packages, g_strdup_printf("%s/%s/", event->package.location, event->package.name));
}

static void on_frame(struct picture *picture, const struct event *event)
{
    struct picture_frame *frame = g_new(struct picture_frame, 1);
    *frame = (struct picture_frame){.file = g_strdup(event->frame.file),
                                    .function = g_strdup(event->frame.function),
                                    .line = event->frame.line,
                                    .parent = event->frame.parent};
    g_hash_table_replace(picture->frames, number_key(event->frame.frame.node), frame);
}

static void on_task_seen(struct picture *picture, const struct event *event)
{
    const struct event_task_seen *seen = &event->task_seen;
    if (find_task(picture, seen->task))
        return;
    struct picture_task *task = g_new(struct picture_task, 1);
    *task = (struct picture_task){.task = seen->task,
                                  .parent = seen->parent_task,
                                  .name = g_strdup(seen->name),
                                  .coroutine = g_strdup(seen->coroutine),
                                  .counter = seen->counter,
                                  .stack = seen->stack,
                                  .scopes = g_ptr_array_new_with_free_func(scope_free),
                                  .children = g_ptr_array_new()};
    g_ptr_array_add(picture->tasks, task);
    g_hash_table_insert(picture->tasks_by_id, serial_key(seen->task.serial), task);
}

static void on_scope_enter(struct picture *picture, const struct event *event)
{
    const struct event_scope_enter *enter = &event->scope_enter;
    struct picture_task *task = find_task(picture, enter->task);
    if (!enter->statedump || !task)
        return;
    const char *kind = g_hash_table_lookup(picture->kinds, number_key(enter->provider.number));
    struct picture_scope *scope = g_new(struct picture_scope, 1);
    *scope = (struct picture_scope){.scope = enter->scope,
                                    .parent = enter->parent_scope,
                                    .kind = g_strdup(kind ? kind : "scope"),
                                    .shield = enter->shield,
                                    .cancelled = enter->cancelled,
                                    .deadline = enter->deadline};
    g_ptr_array_add(task->scopes, scope);
    picture->scopes++;
}

static void on_notice(struct picture *picture, const struct event *event)
{
    g_ptr_array_add(picture->notices, g_strdup(event->agent_notice.what));
}

static void (*const handlers[EVENT_KINDS])(struct picture *, const struct event *) = {
    [EVENT_RUNTIME] = on_runtime,     [EVENT_PACKAGE] = on_package,     [EVENT_PROVIDER] = on_provider,
    [EVENT_FRAME] = on_frame,         [EVENT_TASK_SEEN] = on_task_seen, [EVENT_SCOPE_ENTER] = on_scope_enter,
    [EVENT_AGENT_NOTICE] = on_notice,
};

static void handle(void *context, const struct event *event)
{
    if (handlers[event->kind])
        handlers[event->kind](context, event);
}

static GHashTable *hosts_of_scopes(const struct picture *picture)
{
    GHashTable *hosts = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    for (guint index = 0; index < picture->tasks->len; index++) {
        struct picture_task *task = picture->tasks->pdata[index];
        for (guint number = 0; number < task->scopes->len; number++) {
            const struct picture_scope *scope = task->scopes->pdata[number];
            g_hash_table_replace(hosts, serial_key(scope->scope.serial), task);
        }
    }
    return hosts;
}

/* Who started a task is known to Python alone, and only while it does so: the host of the scope that encloses the
 * task's scopes tells it for those that a task group started. */
static struct picture_task *find_parent(const struct picture *picture, GHashTable *hosts,
                                        const struct picture_task *task)
{
    if (task->parent.serial)
        return find_task(picture, task->parent);
    if (!task->scopes->len)
        return NULL;
    const struct picture_scope *outermost = task->scopes->pdata[0];
    gint64 key = (gint64)outermost->parent.serial;
    return g_hash_table_lookup(hosts, &key);
}

static void link_children(struct picture *picture)
{
    g_autoptr(GHashTable) hosts = hosts_of_scopes(picture);
    for (guint index = 0; index < picture->tasks->len; index++) {
        struct picture_task *task = picture->tasks->pdata[index];
        struct picture_task *parent = find_parent(picture, hosts, task);
        if (!parent || parent == task)
            continue;
        task->parent = parent->task;
        g_ptr_array_add(parent->children, task);
    }
}

/* Python keeps them in no order. Task-2 comes before Task-10. */
static gint compare_names(gconstpointer first, gconstpointer second)
{
    const struct picture_task *const *one = first, *const *other = second;
    const int order = strverscmp((*one)->name, (*other)->name);
    return order ? order
                 : ((*one)->task.serial > (*other)->task.serial) - ((*one)->task.serial < (*other)->task.serial);
}

struct picture *picture_read(const char *trace, GError **error)
{
    const char *traces[] = {trace, NULL};
    struct source_notes notes = {.damage = g_ptr_array_new_with_free_func(g_free)};
    struct picture *picture = g_new0(struct picture, 1);
    picture->tasks = g_ptr_array_new_with_free_func(task_free);
    picture->tasks_by_id = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    picture->packages = g_ptr_array_new_with_free_func(g_free);
    picture->notices = g_ptr_array_new_with_free_func(g_free);
    picture->frames = g_hash_table_new_full(NULL, NULL, NULL, frame_free);
    picture->kinds = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    gboolean read = source_read(traces, handle, picture, &notes, error);
    g_ptr_array_unref(notes.damage);
    g_ptr_array_sort(picture->tasks, compare_names);
    link_children(picture);
    if (!read)
        g_clear_pointer(&picture, picture_free);
    return picture;
}

void picture_free(struct picture *picture)
{
    if (!picture)
        return;
    g_hash_table_unref(picture->tasks_by_id);
    g_hash_table_unref(picture->frames);
    g_hash_table_unref(picture->kinds);
    g_ptr_array_unref(picture->tasks);
    g_ptr_array_unref(picture->packages);
    g_ptr_array_unref(picture->notices);
    g_free(picture->python);
    g_free(picture->executable);
    g_free(picture->argv);
    g_free(picture->stdlib);
    g_free(picture);
}

const struct picture_frame *picture_frame(const struct picture *picture, struct stack_id stack)
{
    return stack.node ? g_hash_table_lookup(picture->frames, number_key(stack.node)) : NULL;
}
