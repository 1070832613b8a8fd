/* SPDX-License-Identifier: MIT */
/*
 * Other people's test suites, plain and under `scopetrace run` that records all scopes: the same tests must pass,
 * fail and be skipped.
 *
 *   test_transparency [--brief] [TEXT…]     the parts whose suite or module has one of the texts in its name
 *
 * A test whose outcomes differ is run again, with its module, a few times in both manners: it is flaky if it is so
 * without scopetrace, or if it never differs again. Status 0: no difference; 1: differences; 77: nothing to run.
 */
#include <stdio.h>
#include <string.h>

#include "tests/transparency/outcomes.h"
#include "tests/transparency/trial.h"

enum { STATUS_SKIPPED = 77, RETRIALS = 4, MOST_NAMED = 40 };

struct comparison {
    const struct part *part;
    GHashTable *outcomes[2]; /* by manner, of the first trial */
    struct seen seen;
    GPtrArray *flaky, *different; /* lines to print */
};

struct tally {
    unsigned counts[2][3]; /* by manner: passed, failed, skipped */
    unsigned flaky, different;
    struct seen seen;
};

static const char *const outcome_kinds[] = {OUTCOME_PASSED, OUTCOME_FAILED, OUTCOME_SKIPPED};

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

static void judge(struct comparison *comparison, const struct retrials *retrials, const char *name)
{
    const char *plain = outcomes_get(comparison->outcomes[MANNER_PLAIN], name);
    const char *traced = outcomes_get(comparison->outcomes[MANNER_TRACED], name);
    const gboolean flaky_plain = differs_among(retrials->outcomes[MANNER_PLAIN], name, plain);
    const gboolean again = differs_among(retrials->outcomes[MANNER_TRACED], name, plain);
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

static void compare(struct comparison *comparison)
{
    for (size_t manner = 0; manner < 2; manner++)
        comparison->outcomes[manner] = trial_run(comparison->part, (enum manner)manner, &comparison->seen);
    g_autoptr(GPtrArray) names =
        differing_names(comparison->outcomes[MANNER_PLAIN], comparison->outcomes[MANNER_TRACED]);
    if (names->len)
        try_again(comparison, names);
}

/* ---- what is printed ---- */

static void print_lines(const char *what, const GPtrArray *lines)
{
    for (guint i = 0; i < lines->len && i < MOST_NAMED; i++)
        printf("    %s %s\n", what, (char *)lines->pdata[i]);
    if (lines->len > MOST_NAMED)
        printf("    %s … and %u more\n", what, lines->len - MOST_NAMED);
}

static void print_row(const char *name, unsigned counts[2][3], unsigned different)
{
    printf("%-46s %6u %6u %7u   %6u %6u %7u   %s\n", name, counts[0][0], counts[0][1], counts[0][2], counts[1][0],
           counts[1][1], counts[1][2], different ? "DIFFERENT" : "same");
}

static void add_seen(struct seen *sum, const struct seen *more)
{
    sum->tasks += more->tasks;
    sum->scopes += more->scopes;
    sum->events += more->events;
    sum->lost += more->lost;
}

static void report(const struct comparison *comparison, struct tally *tally)
{
    unsigned counts[2][3];
    g_autofree char *name = g_strdup_printf("%s %s", comparison->part->suite, comparison->part->module);

    for (size_t manner = 0; manner < 2; manner++)
        for (size_t i = 0; i < G_N_ELEMENTS(outcome_kinds); i++) {
            counts[manner][i] = outcomes_count(comparison->outcomes[manner], outcome_kinds[i]);
            tally->counts[manner][i] += counts[manner][i];
        }
    print_row(name, counts, comparison->different->len);
    print_lines("flaky", comparison->flaky);
    print_lines("DIFFERENT", comparison->different);
    tally->flaky += comparison->flaky->len;
    tally->different += comparison->different->len;
    add_seen(&tally->seen, &comparison->seen);
}

static void print_head(void)
{
    printf("%-46s %21s   %21s\n%-46s %6s %6s %7s   %6s %6s %7s\n", "", "plain", "traced", "", "passed", "failed",
           "skipped", "passed", "failed", "skipped");
}

static void print_sum(const char *suite, struct tally *tally)
{
    g_autofree char *name = g_strdup_printf("= %s", suite);

    print_row(name, tally->counts, tally->different);
    printf("    scopetrace saw %" G_GINT64_FORMAT " tasks and %" G_GINT64_FORMAT " scopes in %" G_GINT64_FORMAT
           " events, %" G_GINT64_FORMAT " lost; %u flaky, %u different\n\n",
           tally->seen.tasks, tally->seen.scopes, tally->seen.events, tally->seen.lost, tally->flaky,
           tally->different);
}

/* ---- all of them ---- */

static gboolean is_wanted(const struct part *part, char *const *texts)
{
    for (char *const *text = texts; *text; text++)
        if (strstr(part->suite, *text) || strstr(part->module, *text))
            return TRUE;
    return !*texts;
}

static void run_part(const struct part *part, struct tally *tally)
{
    struct comparison comparison = {.part = part,
                                    .flaky = g_ptr_array_new_with_free_func(g_free),
                                    .different = g_ptr_array_new_with_free_func(g_free)};

    compare(&comparison);
    report(&comparison, tally);
    g_ptr_array_unref(comparison.flaky);
    g_ptr_array_unref(comparison.different);
    for (size_t manner = 0; manner < 2; manner++)
        g_hash_table_unref(comparison.outcomes[manner]);
}

/* A suite of which scopetrace saw nothing has proved nothing. */
static unsigned suite_faults(const char *suite, struct tally *tally)
{
    print_sum(suite, tally);
    if (tally->seen.tasks == 0)
        printf("FAIL %s: scopetrace saw no task in it\n", suite);
    return tally->different + (tally->seen.tasks == 0);
}

/* The number of faults; *ret_suites says how many suites there were. */
static unsigned run_all(const GPtrArray *parts, char *const *texts, unsigned *ret_suites)
{
    struct tally tally = {0};
    const char *suite = NULL;
    unsigned faults = 0;

    for (guint i = 0; i < parts->len; i++) {
        const struct part *part = parts->pdata[i];
        if (!is_wanted(part, texts))
            continue;
        if (suite && strcmp(suite, part->suite) != 0) {
            faults += suite_faults(suite, &tally);
            tally = (struct tally){0};
        }
        *ret_suites += !suite || strcmp(suite, part->suite) != 0;
        suite = part->suite;
        run_part(part, &tally);
    }
    return suite ? faults + suite_faults(suite, &tally) : faults;
}

int main(int count, char **arguments)
{
    const gboolean brief = count > 1 && strcmp(arguments[1], "--brief") == 0;
    unsigned suites = 0;

    setvbuf(stdout, NULL, _IOLBF, 0);
    g_autoptr(GPtrArray) parts = suite_parts(brief);
    print_head();
    const unsigned faults = run_all(parts, arguments + 1 + brief, &suites);
    if (!suites)
        return STATUS_SKIPPED;
    printf("%u suites, %u differences\n", suites, faults);
    return faults != 0;
}
