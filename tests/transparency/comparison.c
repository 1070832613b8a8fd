/* SPDX-License-Identifier: MIT */
#include "tests/transparency/comparison.h"

#include <stdio.h>
#include <sys/resource.h>

#include "tests/transparency/outcomes.h"

/* Races of the tests' own may be lost once in ten times: before scopetrace is blamed, they get a chance to be. */
enum { RETRIALS = 4, LAST_RETRIALS = 20, MOST_NAMED = 40 };

static GPtrArray *differing_names(GHashTable *plain, GHashTable *traced)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    GHashTable *const both[] = {plain, traced};

    for (size_t i = 0; i < 2; i++) {
        GHashTableIter each;
        void *name;
        g_hash_table_iter_init(&each, both[i]);
        while (g_hash_table_iter_next(&each, &name, NULL))
            if (outcomes_get(plain, name) != outcomes_get(traced, name) &&
                !(i == 1 && g_hash_table_contains(plain, name)))
                g_ptr_array_add(names, g_strdup(name));
    }
    return names;
}

/* ---- flaky or different ---- */

struct retrials {
    GHashTable *outcomes[2][RETRIALS];
};

static gboolean differs_among(GHashTable *const *outcomes, const char *name, const char *expected)
{
    for (size_t i = 0; i < RETRIALS; i++)
        if (outcomes_get(outcomes[i], name) != expected)
            return TRUE;
    return FALSE;
}

static gboolean agrees_among(GHashTable *const *outcomes, const char *name, const char *expected)
{
    for (size_t i = 0; i < RETRIALS; i++)
        if (outcomes_get(outcomes[i], name) == expected)
            return TRUE;
    return FALSE;
}

/* Not of what is always different with scopetrace. */
static gboolean differs_at_last(const struct part *part, const char *name, const char *expected)
{
    struct seen unused = {0};
    gboolean differs = FALSE;

    for (size_t i = 0; i < LAST_RETRIALS && !differs; i++) {
        g_autoptr(GHashTable) outcomes = trial_run(part, MANNER_PLAIN, &unused);
        differs = outcomes_get(outcomes, name) != expected;
    }
    return differs;
}

static void judge(struct comparison *comparison, const struct retrials *retrials, const char *name)
{
    const char *plain = outcomes_get(comparison->outcomes[MANNER_PLAIN], name);
    const char *traced = outcomes_get(comparison->outcomes[MANNER_TRACED], name);
    const gboolean again = differs_among(retrials->outcomes[MANNER_TRACED], name, plain);
    const gboolean flaky_plain = differs_among(retrials->outcomes[MANNER_PLAIN], name, plain) ||
                                 (again && agrees_among(retrials->outcomes[MANNER_TRACED], name, plain) &&
                                  differs_at_last(comparison->part, name, plain));
    char *line = g_strdup_printf("%s: plain %s%s, traced %s%s", name, plain, flaky_plain ? " (not always)" : "",
                                 traced, again ? " (again)" : " (once)");

    g_ptr_array_add(flaky_plain || !again ? comparison->flaky : comparison->different, line);
}

static void try_again(struct comparison *comparison, GPtrArray *names)
{
    struct retrials retrials;
    struct seen unused = {0};

    for (size_t i = 0; i < RETRIALS; i++)
        for (size_t manner = 0; manner < 2; manner++)
            retrials.outcomes[manner][i] = trial_run(comparison->part, (enum manner)manner, &unused);
    for (guint i = 0; i < names->len; i++)
        judge(comparison, &retrials, names->pdata[i]);
    for (size_t i = 0; i < RETRIALS; i++)
        for (size_t manner = 0; manner < 2; manner++)
            g_hash_table_unref(retrials.outcomes[manner][i]);
}

/* Of all children that ended, and theirs. */
static double processor_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / G_USEC_PER_SEC;
}

struct comparison *comparison_new(const struct part *part)
{
    struct comparison *comparison = g_new0(struct comparison, 1);

    comparison->part = part;
    comparison->flaky = g_ptr_array_new_with_free_func(g_free);
    comparison->different = g_ptr_array_new_with_free_func(g_free);
    for (size_t manner = 0; manner < 2; manner++) {
        const gint64 begin = g_get_monotonic_time();
        const double used = processor_seconds();
        comparison->outcomes[manner] = trial_run(part, (enum manner)manner, &comparison->seen);
        comparison->seconds[manner] = (double)(g_get_monotonic_time() - begin) / G_USEC_PER_SEC;
        comparison->processor[manner] = processor_seconds() - used;
    }
    g_autoptr(GPtrArray) names =
        differing_names(comparison->outcomes[MANNER_PLAIN], comparison->outcomes[MANNER_TRACED]);
    if (names->len)
        try_again(comparison, names);
    return comparison;
}

void comparison_free(struct comparison *comparison)
{
    g_ptr_array_unref(comparison->flaky);
    g_ptr_array_unref(comparison->different);
    for (size_t manner = 0; manner < 2; manner++)
        g_hash_table_unref(comparison->outcomes[manner]);
    g_free(comparison);
}

/* ---- what is printed ---- */

static void print_lines(const char *what, const GPtrArray *lines)
{
    for (guint i = 0; i < lines->len && i < MOST_NAMED; i++)
        printf("    %s %s\n", what, (char *)lines->pdata[i]);
    if (lines->len > MOST_NAMED)
        printf("    %s … and %u more\n", what, lines->len - MOST_NAMED);
}

void comparison_print(const struct comparison *comparison)
{
    print_lines("flaky", comparison->flaky);
    print_lines("DIFFERENT", comparison->different);
}
