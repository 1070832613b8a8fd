/* SPDX-License-Identifier: MIT */
#include "tests/integration/attach/printed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* " NAME = VALUE" of an event as babeltrace2 prints it: new, NULL where it has none such. */
static char *value_of(const char *line, const char *name)
{
    g_autofree char *begin = g_strdup_printf(" %s = ", name);
    const char *value = strstr(line, begin);
    return value ? g_strndup(value + strlen(begin), strcspn(value + strlen(begin), ", ")) : NULL;
}

char **printed_events(const char *trace)
{
    g_autofree char *out = NULL;
    g_autofree char *path = g_strdup(trace);
    assert_true(g_spawn_sync(NULL, (char *[]){"babeltrace2", path, NULL}, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL,
                             &out, NULL, NULL, NULL));
    return g_strsplit(out, "\n", -1);
}

GHashTable *printed_values(char **events, const char *kind, const char *field)
{
    GHashTable *values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (char **event = events; *event; event++) {
        char *value = strstr(*event, kind) ? value_of(*event, field) : NULL;
        if (value)
            g_hash_table_add(values, value);
    }
    return values;
}

guint printed_told_before(char **events)
{
    g_autoptr(GHashTable) told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    guint cancels = 0;
    for (char **event = events; *event; event++) {
        const gboolean entry = strstr(*event, "scopetrace:scope_enter:") != NULL;
        const gboolean expiry = strstr(*event, "scopetrace:scope_cancel:") != NULL;
        if (!entry && !expiry && !strstr(*event, "scopetrace:task_cancel:"))
            continue;
        g_autofree char *task = value_of(*event, "task"), *scope = value_of(*event, "scope");
        char *key = g_strconcat(expiry ? "scope " : "task ", expiry ? scope : task, NULL);
        if (entry) {
            g_hash_table_add(told, g_strconcat("scope ", scope, NULL));
            g_hash_table_add(told, key);
            continue;
        }
        if (!g_hash_table_contains(told, key))
            fail_msg("nobody had heard of what this is about: %s", *event);
        cancels++;
        g_free(key);
    }
    return cancels;
}
