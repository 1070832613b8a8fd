/* SPDX-License-Identifier: MIT */
#include "tests/projects/findings.h"

#include <jansson.h>

/* Findings of one rule and one issue. */
struct group {
    json_int_t findings, times;
};

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static void add(GHashTable *groups, const json_t *finding)
{
    const char *issue = text_of(json_object_get(finding, "known_issue"), "id");
    g_autofree char *key = g_strdup_printf("%s\t%s%s", text_of(finding, "rule"), *issue ? ": " : "", issue);
    struct group *group = g_hash_table_lookup(groups, key);

    if (!group) {
        group = g_new0(struct group, 1);
        g_hash_table_insert(groups, g_steal_pointer(&key), group);
    }
    group->findings++;
    group->times += json_integer_value(json_object_get(finding, "count"));
}

static int by_key(const void *a, const void *b, void *data)
{
    (void)data;
    return g_strcmp0(*(char *const *)a, *(char *const *)b);
}

static char *cell(GHashTable *groups, const char *none)
{
    guint count;
    g_autofree char **keys = (char **)g_hash_table_get_keys_as_array(groups, &count);
    GString *text = g_string_new(count ? "" : none);

    g_qsort_with_data(keys, (int)count, sizeof *keys, by_key, NULL);
    for (guint i = 0; i < count; i++) {
        const struct group *group = g_hash_table_lookup(groups, keys[i]);
        g_auto(GStrv) parts = g_strsplit(keys[i], "\t", 2);
        g_string_append_printf(text, "%s%lld `%s`", i ? ", " : "", group->findings, parts[0]);
        if (group->times != group->findings)
            g_string_append_printf(text, " (%lld times)", group->times);
        g_string_append(text, parts[1]);
    }
    return g_string_free(text, FALSE);
}

gboolean findings_read(struct findings *findings, const char *report_file, const char *issue)
{
    g_autoptr(GHashTable) serious = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GHashTable) notes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    json_t *root = json_load_file(report_file, 0, NULL), *finding;
    const gboolean good = root != NULL;
    size_t i;

    *findings = (struct findings){0};
    json_array_foreach(json_object_get(root, "findings"), i, finding)
    {
        const gboolean note = g_str_equal(text_of(finding, "level"), "note");
        const gboolean match = g_str_equal(text_of(json_object_get(finding, "known_issue"), "id"), issue);
        add(note ? notes : serious, finding);
        findings->matched += !note && match;
        findings->others += !note && !match;
    }
    json_decref(root);
    findings->serious = cell(serious, "none");
    findings->notes = cell(notes, "");
    return good;
}

void findings_clear(struct findings *findings)
{
    g_free(findings->serious);
    g_free(findings->notes);
}
