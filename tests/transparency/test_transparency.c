/* SPDX-License-Identifier: MIT */
/*
 * Other people's test suites, plain and under `scopetrace run` that records all scopes: the same tests must pass,
 * fail and be skipped.
 *
 *   test_transparency [--brief] [TEXT…]     the parts whose suite or module has one of the texts in its name
 *
 * Status 0: no difference; 1: differences; 77: nothing to run.
 */
#include <stdio.h>
#include <string.h>

#include "tests/transparency/comparison.h"
#include "tests/transparency/outcomes.h"

enum { STATUS_SKIPPED = 77 };

struct tally {
    unsigned counts[2][3]; /* by manner: passed, failed, skipped */
    unsigned flaky, different;
    struct seen seen;
};

static const char *const outcome_kinds[] = {OUTCOME_PASSED, OUTCOME_FAILED, OUTCOME_SKIPPED};

/* ---- what is printed ---- */

static void print_row(const char *name, unsigned counts[2][3], unsigned different)
{
    printf("%-46s %6u %6u %7u   %6u %6u %7u   %s\n", name, counts[0][0], counts[0][1], counts[0][2], counts[1][0],
           counts[1][1], counts[1][2], different ? "DIFFERENT" : "same");
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
    comparison_print(comparison);
    tally->flaky += comparison->flaky->len;
    tally->different += comparison->different->len;
    seen_add(&tally->seen, &comparison->seen);
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
    struct comparison *comparison = comparison_new(part);

    report(comparison, tally);
    comparison_free(comparison);
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
