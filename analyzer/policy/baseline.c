/* SPDX-License-Identifier: MIT */
#include "analyzer/policy/baseline.h"

#include <jansson.h>
#include <string.h>

#include "analyzer/core/place.h"
#include "analyzer/core/rule.h"
#include "analyzer/policy/policy_error.h"

#define SCHEMA "scopetrace-baseline/1"
#define LISTED_UNSEEN 20u

struct known {
    char *fingerprint, *rule, *file, *function;
    json_int_t count; /* findings that are not seen yet */
};

struct baseline {
    char *name;
    GPtrArray *known;           /* struct known *, in the file's order */
    GHashTable *by_fingerprint; /* of them */
};

static void known_free(void *data)
{
    struct known *known = data;
    g_free(known->fingerprint);
    g_free(known->rule);
    g_free(known->file);
    g_free(known->function);
    g_free(known);
}

void baseline_free(struct baseline *baseline)
{
    if (!baseline)
        return;
    g_hash_table_unref(baseline->by_fingerprint);
    g_ptr_array_unref(baseline->known);
    g_free(baseline->name);
    g_free(baseline);
}

/* ---- reading ---- */

static gboolean read_entry(struct baseline *baseline, json_t *entry, GError **error)
{
    const char *fingerprint = NULL, *rule = NULL, *file = "?", *function = "?";
    json_int_t count = 1;
    if (json_unpack(entry, "{s:s, s:s, s?s, s?s, s?I}", "fingerprint", &fingerprint, "rule", &rule, "file", &file,
                    "function", &function, "count", &count) != 0 ||
        count < 1)
        return policy_fail(error, "%s: an entry without fingerprint or rule; write it anew with --write-baseline",
                           baseline->name);
    struct known *known = g_hash_table_lookup(baseline->by_fingerprint, fingerprint);
    if (!known) {
        known = g_new0(struct known, 1);
        *known = (struct known){g_strdup(fingerprint), g_strdup(rule), g_strdup(file), g_strdup(function), 0};
        g_ptr_array_add(baseline->known, known);
        g_hash_table_insert(baseline->by_fingerprint, known->fingerprint, known);
    }
    known->count += MIN(count, G_MAXINT32);
    return TRUE;
}

static gboolean read_entries(struct baseline *baseline, json_t *root, GError **error)
{
    const char *schema = json_string_value(json_object_get(root, "schema"));
    json_t *entries = json_object_get(root, "findings");
    if (g_strcmp0(schema, SCHEMA) != 0 || !json_is_array(entries))
        return policy_fail(error, "%s: no baseline of this version of scopetrace (schema " SCHEMA ")",
                           baseline->name);
    size_t index;
    json_t *entry;
    json_array_foreach(entries, index, entry)
    {
        if (!read_entry(baseline, entry, error))
            return FALSE;
    }
    return TRUE;
}

struct baseline *baseline_parse(const char *name, const char *text, GError **error)
{
    json_error_t where;
    json_t *root = json_loads(text, 0, &where);
    if (!root) {
        policy_fail(error, "%s:%d: this is not JSON: %s", name, where.line, where.text);
        return NULL;
    }
    struct baseline *baseline = g_new0(struct baseline, 1);
    baseline->name = g_strdup(name);
    baseline->known = g_ptr_array_new_with_free_func(known_free);
    baseline->by_fingerprint = g_hash_table_new(g_str_hash, g_str_equal);
    const gboolean good = read_entries(baseline, root, error);
    json_decref(root);
    if (good)
        return baseline;
    baseline_free(baseline);
    return NULL;
}

/* ---- applying ---- */

bool baseline_match(struct baseline *baseline, const struct finding *finding)
{
    struct known *known =
        finding->fingerprint ? g_hash_table_lookup(baseline->by_fingerprint, finding->fingerprint) : NULL;
    if (!known || known->count == 0)
        return false;
    known->count--;
    return true;
}

void baseline_report(const struct baseline *baseline, GPtrArray *remarks)
{
    guint unseen = 0;
    for (guint i = 0; i < baseline->known->len; i++) {
        const struct known *known = g_ptr_array_index(baseline->known, i);
        if (known->count == 0 || ++unseen > LISTED_UNSEEN)
            continue;
        g_ptr_array_add(remarks, g_strdup_printf("gone since the baseline %s: %s in %s (%s)", baseline->name,
                                                 known->rule, known->function, known->file));
    }
    if (unseen > LISTED_UNSEEN)
        g_ptr_array_add(remarks, g_strdup_printf("gone since the baseline %s: %u more", baseline->name,
                                                 unseen - LISTED_UNSEEN));
    if (unseen)
        g_ptr_array_add(remarks, g_strdup_printf("if that is fixed and not merely a part that did not run, "
                                                 "--write-baseline takes it out of %s",
                                                 baseline->name));
}

/* ---- writing ---- */

static int by_place(gconstpointer a, gconstpointer b)
{
    const struct known *x = *(const struct known *const *)a, *y = *(const struct known *const *)b;
    int order = strcmp(x->file, y->file);
    if (order == 0)
        order = strcmp(x->function, y->function);
    if (order == 0)
        order = strcmp(x->rule, y->rule);
    return order ? order : strcmp(x->fingerprint, y->fingerprint);
}

/* A library's file as it is called on every machine. */
static char *file_of(const struct stack_frame *frame, const struct report_process *process, const char *root)
{
    g_autofree char *path = frame ? place_relative(frame->file, process, root) : g_strdup("?");
    const char *part = frame ? place_library_part(path, frame->origin, process) : NULL;
    if (!part && path[0] == '/')
        part = strrchr(path, '/') + 1;
    return g_utf8_make_valid(part ? part : path, -1);
}

static struct known *known_new(const struct finding *finding, const char *root)
{
    const struct stack_frame *frame = place_of_finding(finding);
    struct known *known = g_new0(struct known, 1);
    known->fingerprint = g_strdup(finding->fingerprint);
    known->rule = g_strdup(finding->rule->name);
    known->file = file_of(frame, finding->process, root);
    known->function = g_utf8_make_valid(frame && frame->function ? frame->function : "?", -1);
    return known;
}

static GPtrArray *collect(const GPtrArray *findings, const char *root)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(known_free);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < findings->len; i++) {
        const struct finding *finding = g_ptr_array_index(findings, i);
        if (!finding->fingerprint || !g_str_is_ascii(finding->fingerprint))
            continue;
        struct known *known = g_hash_table_lookup(seen, finding->fingerprint);
        if (!known) {
            known = known_new(finding, root);
            g_ptr_array_add(all, known);
            g_hash_table_insert(seen, known->fingerprint, known);
        }
        known->count++;
    }
    g_ptr_array_sort(all, by_place);
    return all;
}

char *baseline_text(const GPtrArray *findings, const char *root)
{
    g_autoptr(GPtrArray) all = collect(findings, root);
    json_t *entries = json_array();
    for (guint i = 0; i < all->len; i++) {
        const struct known *known = g_ptr_array_index(all, i);
        json_array_append_new(entries, json_pack("{s:s, s:s, s:s, s:I, s:s}", "file", known->file, "function",
                                                 known->function, "rule", known->rule, "count", known->count,
                                                 "fingerprint", known->fingerprint));
    }
    json_t *root_object = json_pack("{s:s, s:o}", "schema", SCHEMA, "findings", entries);
    char *json = json_dumps(root_object, JSON_INDENT(2));
    char *text = g_strconcat(json, "\n", NULL);
    free(json);
    json_decref(root_object);
    return text;
}
