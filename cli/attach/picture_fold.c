/* SPDX-License-Identifier: MIT */
#include "cli/attach/picture_fold.h"

#include <math.h>
#include <string.h>

static size_t without_number(const char *name)
{
    size_t length = strlen(name);
    while (length && g_ascii_isdigit(name[length - 1]))
        length--;
    return length;
}

static char *shape(const struct picture_task *task)
{
    GString *text = g_string_new(NULL);
    g_string_append_len(text, task->name, (gssize)without_number(task->name));
    g_string_append_printf(text, "\n%s\n%u %u", task->coroutine, task->counter, task->stack.node);
    for (guint index = 0; index < task->scopes->len; index++) {
        const struct picture_scope *scope = task->scopes->pdata[index];
        g_string_append_printf(text, "\n%s %d %d %d", scope->kind, scope->shield, scope->cancelled,
                               isfinite(scope->deadline) ? signbit(scope->deadline) != 0 : 2);
    }
    if (task->children->len)
        g_string_append_printf(text, "\n%" G_GUINT64_FORMAT, (guint64)task->task.serial);
    return g_string_free(text, FALSE);
}

GHashTable *picture_fold_new(const GPtrArray *siblings)
{
    GHashTable *fold = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (guint index = 0; index < siblings->len; index++) {
        char *key = shape(siblings->pdata[index]);
        struct picture_alike *alike = g_hash_table_lookup(fold, key);
        if (!alike)
            g_hash_table_insert(fold, g_strdup(key), alike = g_new0(struct picture_alike, 1));
        alike->all++;
        g_free(key);
    }
    return fold;
}

struct picture_alike *picture_fold_of(GHashTable *fold, const struct picture_task *task)
{
    g_autofree char *key = shape(task);
    return g_hash_table_lookup(fold, key);
}
