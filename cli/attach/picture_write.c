/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "analyzer/reports/escape.h"
#include "analyzer/reports/json_value.h"
#include "analyzer/reports/page.h"
#include "cli/attach/picture.h"
#include "cli/attach/picture_fold.h"

enum { MOST_FRAMES = 100, MOST_DEPTH = 50, INDENT = 2, FOLD_INDENT = 4 };

/* ---- text ---- */

/* The text as it is being written. */
struct tree {
    struct picture *picture;
    gboolean all_frames;
    struct page page;
};

static void line(struct tree *tree, guint depth, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* One line; what the format's arguments bring along is made harmless as a whole. */
static void line(struct tree *tree, guint depth, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_autoptr(GString) safe = g_string_new(NULL);
    escape_terminal(safe, text);
    g_autofree char *first = g_strnfill((gsize)depth * INDENT, ' ');
    g_autofree char *rest = g_strnfill((gsize)depth * INDENT + FOLD_INDENT, ' ');
    page_paragraph(&tree->page, first, rest, safe->str);
}

static gboolean is_library(const struct picture *picture, const struct picture_frame *frame)
{
    for (guint index = 0; index < picture->packages->len; index++)
        if (g_str_has_prefix(frame->file, picture->packages->pdata[index]))
            return TRUE;
    return strstr(frame->file, "/site-packages/") || strstr(frame->file, "/dist-packages/") ||
           frame->file[0] == '<' ||
           (picture->stdlib && *picture->stdlib && g_str_has_prefix(frame->file, picture->stdlib));
}

/* The innermost frame of the user's own code, else the innermost. */
static const struct picture_frame *waits_at(const struct picture *picture, struct stack_id stack)
{
    const struct picture_frame *first = picture_frame(picture, stack);
    const struct picture_frame *frame = first;
    for (guint depth = 0; frame && depth < MOST_FRAMES; depth++) {
        if (!is_library(picture, frame))
            return frame;
        frame = picture_frame(picture, frame->parent);
    }
    return first;
}

static void write_wait(struct tree *tree, const struct picture_task *task, guint depth)
{
    const struct picture *picture = tree->picture;
    const struct picture_frame *frame =
        tree->all_frames ? picture_frame(picture, task->stack) : waits_at(picture, task->stack);
    for (guint count = 0; frame && count < MOST_FRAMES; count++) {
        /* "in" below "waits in" */
        line(tree, count ? depth + 3 : depth, "%s %s, %s:%u", count ? "in" : "waits in", frame->function,
             frame->file, frame->line);
        frame = tree->all_frames ? picture_frame(picture, frame->parent) : NULL;
    }
}

static void write_scope(struct tree *tree, const struct picture_scope *scope, guint depth)
{
    g_autofree char *deadline = !isfinite(scope->deadline) ? NULL
                                : scope->deadline < 0 ? g_strdup_printf(", due since %.3g s", -scope->deadline)
                                                      : g_strdup_printf(", due in %.3g s", scope->deadline);
    line(tree, depth, "%s%s%s%s", scope->kind, scope->cancelled ? ", cancelled" : "",
         scope->shield ? ", shielded" : "", deadline ? deadline : "");
}

static void write_siblings(struct tree *tree, const GPtrArray *tasks, guint depth);

static void write_task(struct tree *tree, struct picture_task *task, guint depth)
{
    if (task->shown || depth > MOST_DEPTH)
        return;
    task->shown = TRUE;
    g_autofree char *counter =
        task->counter ? g_strdup_printf(": Task.cancelling() is %u", task->counter) : g_strdup("");
    line(tree, depth, "%s (%s)%s", task->name, task->coroutine, counter);
    for (guint index = 0; index < task->scopes->len; index++)
        write_scope(tree, task->scopes->pdata[index], depth + 2 + index);
    write_wait(tree, task, depth + 2 + task->scopes->len);
    write_siblings(tree, task->children, depth + 1);
}

static void write_siblings(struct tree *tree, const GPtrArray *tasks, guint depth)
{
    g_autoptr(GHashTable) fold = picture_fold_new(tasks);
    for (guint index = 0; index < tasks->len; index++) {
        struct picture_task *task = tasks->pdata[index];
        struct picture_alike *alike = picture_fold_of(fold, task);
        if (tree->all_frames || alike->shown < PICTURE_FOLD_MOST)
            write_task(tree, task, depth);
        else
            task->shown = TRUE;
        if (++alike->shown == PICTURE_FOLD_MOST && alike->all > PICTURE_FOLD_MOST && !tree->all_frames)
            line(tree, depth, "… %u more like it", alike->all - PICTURE_FOLD_MOST);
    }
}

static void write_tasks(struct tree *tree)
{
    const struct picture *picture = tree->picture;
    g_autoptr(GPtrArray) roots = g_ptr_array_new();
    for (guint index = 0; index < picture->tasks->len; index++) {
        struct picture_task *task = picture->tasks->pdata[index];
        gint64 parent = (gint64)task->parent.serial;
        if (!parent || !g_hash_table_contains(picture->tasks_by_id, &parent))
            g_ptr_array_add(roots, task);
    }
    write_siblings(tree, roots, 1);
    for (guint index = 0; index < picture->tasks->len; index++) /* a ring of parents: only in a damaged trace */
        write_task(tree, picture->tasks->pdata[index], 1);
}

void picture_write_text(struct picture *picture, const char *name, gboolean all_frames, guint width, FILE *out)
{
    g_autoptr(GString) text = g_string_new(NULL);
    struct tree tree = {.picture = picture, .all_frames = all_frames, .page = {.text = text, .width = width}};
    line(&tree, 0, "%s, Python %s: %u task%s, %u scope%s", name, picture->python ? picture->python : "unknown",
         picture->tasks->len, picture->tasks->len == 1 ? "" : "s", picture->scopes,
         picture->scopes == 1 ? "" : "s");
    write_tasks(&tree);
    fputs(text->str, out);
}

/* ---- JSON ---- */

static json_t *stack_json(const struct picture *picture, struct stack_id stack)
{
    json_t *frames = json_array();
    const struct picture_frame *frame = picture_frame(picture, stack);
    for (guint count = 0; frame && count < MOST_FRAMES; count++) {
        json_t *object = json_object();
        json_object_set_new(object, "file", json_value_text(frame->file));
        json_object_set_new(object, "line", json_value_id(frame->line));
        json_object_set_new(object, "function", json_value_text(frame->function));
        json_array_append_new(frames, object);
        frame = picture_frame(picture, frame->parent);
    }
    return frames;
}

static json_t *scope_json(const struct picture_scope *scope)
{
    json_t *object = json_object();
    json_object_set_new(object, "scope", json_value_id(scope->scope.serial));
    json_object_set_new(object, "parent", json_value_id(scope->parent.serial));
    json_object_set_new(object, "kind", json_value_text(scope->kind));
    json_object_set_new(object, "cancelled", json_boolean(scope->cancelled));
    json_object_set_new(object, "shield", json_boolean(scope->shield));
    json_object_set_new(object, "deadline", isfinite(scope->deadline) ? json_real(scope->deadline) : json_null());
    return object;
}

static json_t *task_json(const struct picture *picture, const struct picture_task *task)
{
    json_t *object = json_object(), *scopes = json_array();
    for (guint index = 0; index < task->scopes->len; index++)
        json_array_append_new(scopes, scope_json(task->scopes->pdata[index]));
    json_object_set_new(object, "task", json_value_id(task->task.serial));
    json_object_set_new(object, "parent", json_value_id(task->parent.serial));
    json_object_set_new(object, "name", json_value_text(task->name));
    json_object_set_new(object, "coroutine", json_value_text(task->coroutine));
    json_object_set_new(object, "cancelling", json_value_number(task->counter));
    json_object_set_new(object, "scopes", scopes);
    json_object_set_new(object, "waits", stack_json(picture, task->stack));
    return object;
}

gboolean picture_write_json(const struct picture *picture, int pid, FILE *out, GError **error)
{
    json_t *root = json_object(), *tasks = json_array();
    for (guint index = 0; index < picture->tasks->len; index++)
        json_array_append_new(tasks, task_json(picture, picture->tasks->pdata[index]));
    json_object_set_new(root, "schema", json_string("scopetrace-ps/1"));
    json_object_set_new(root, "pid", json_integer(pid));
    json_object_set_new(root, "python", json_value_text(picture->python));
    json_object_set_new(root, "executable", json_value_text(picture->executable));
    json_object_set_new(root, "tasks", tasks);
    return json_value_write(root, out, error);
}
