/* SPDX-License-Identifier: MIT */
#include "tests/transparency/outcomes.h"

#include <string.h>

GHashTable *outcomes_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

void outcomes_put(GHashTable *outcomes, const char *name, const char *outcome)
{
    const char *before = outcomes_get(outcomes, name);

    if (before == g_intern_static_string(OUTCOME_FAILED))
        return;
    g_hash_table_insert(outcomes, g_strdup(name), (void *)g_intern_string(outcome));
}

const char *outcomes_get(GHashTable *outcomes, const char *name)
{
    const char *outcome = g_hash_table_lookup(outcomes, name);

    return outcome ? outcome : g_intern_static_string(OUTCOME_ABSENT);
}

unsigned outcomes_count(GHashTable *outcomes, const char *outcome)
{
    const char *interned = g_intern_string(outcome);
    GHashTableIter each;
    void *value;
    unsigned count = 0;

    g_hash_table_iter_init(&each, outcomes);
    while (g_hash_table_iter_next(&each, NULL, &value))
        count += value == interned;
    return count;
}

/* ---- JUnit ---- */

struct reading {
    GHashTable *outcomes;
    char *name; /* of the test case that we are in */
    const char *outcome;
};

static void begin_case(struct reading *reading, const char **attributes, const char **values)
{
    const char *class = "", *name = "";

    for (size_t i = 0; attributes[i]; i++) {
        if (strcmp(attributes[i], "classname") == 0)
            class = values[i];
        else if (strcmp(attributes[i], "name") == 0)
            name = values[i];
    }
    reading->name = g_strdup_printf("%s%s%s", class, *class ? "." : "", name);
    reading->outcome = OUTCOME_PASSED;
}

static void begin_element(GMarkupParseContext *context, const char *element, const char **attributes,
                          const char **values, void *data, GError **error)
{
    struct reading *reading = data;

    (void)context;
    (void)error;
    if (strcmp(element, "testcase") == 0 && !reading->name)
        begin_case(reading, attributes, values);
    else if (strcmp(element, "skipped") == 0)
        reading->outcome = OUTCOME_SKIPPED;
    else if (strcmp(element, "failure") == 0 || strcmp(element, "error") == 0)
        reading->outcome = OUTCOME_FAILED;
}

static void end_element(GMarkupParseContext *context, const char *element, void *data, GError **error)
{
    struct reading *reading = data;

    (void)context;
    (void)error;
    if (strcmp(element, "testcase") != 0 || !reading->name)
        return;
    outcomes_put(reading->outcomes, reading->name, reading->outcome);
    g_clear_pointer(&reading->name, g_free);
}

gboolean outcomes_read(GHashTable *outcomes, const char *junit_file, GError **error)
{
    static const GMarkupParser parser = {.start_element = begin_element, .end_element = end_element};
    struct reading reading = {.outcomes = outcomes};
    g_autofree char *text = NULL;
    gsize size;

    if (!g_file_get_contents(junit_file, &text, &size, error))
        return FALSE;
    /* what a test printed may be anything */
    g_autofree char *valid = g_utf8_make_valid(text, (gssize)size);
    g_autoptr(GMarkupParseContext) context =
        g_markup_parse_context_new(&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, &reading, NULL);
    const gboolean complete = g_markup_parse_context_parse(context, valid, -1, error) &&
                              g_markup_parse_context_end_parse(context, error);
    g_free(reading.name);
    return complete;
}
