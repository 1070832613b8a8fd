/* SPDX-License-Identifier: MIT */
/*
 * The test suites of projects from PyPI, plain and under `scopetrace run`: the same tests pass and fail, nothing
 * is lost, and what is found is what the version of AnyIO is known for.
 *
 *   test_projects [TEXT…]     those that have one of the texts in their name
 *
 * Lines that begin with | are the table of docs/real-projects.md. Status 0: all is as it should be; 1: not; 77:
 * nothing to run.
 */
#include <stdio.h>
#include <string.h>

#include "tests/projects/findings.h"
#include "tests/projects/projects.h"
#include "tests/transparency/comparison.h"
#include "tests/transparency/outcomes.h"

enum { STATUS_SKIPPED = 77 };

static void print_head(void)
{
    puts(
        "| project | AnyIO | Python | tests passed (failed) | events | wall time, plain → traced | processor time "
        "| errors, warnings | notes |\n|---|---|---|---|---|---|---|---|---|");
}

static void print_row(const struct project *project, const struct comparison *comparison,
                      const struct findings *findings)
{
    GHashTable *outcomes = comparison->outcomes[MANNER_TRACED];
    const unsigned failed = outcomes_count(outcomes, OUTCOME_FAILED);
    g_autofree char *failures = failed ? g_strdup_printf(" (%u)", failed) : g_strdup("");

    printf("| %s | %s | %s | %u%s | %" G_GINT64_FORMAT " | %.1f → %.1f s | %.1f → %.1f s | %s | %s |\n",
           project->package, project->anyio, project->python, outcomes_count(outcomes, OUTCOME_PASSED), failures,
           comparison->seen.events, comparison->seconds[MANNER_PLAIN], comparison->seconds[MANNER_TRACED],
           comparison->processor[MANNER_PLAIN], comparison->processor[MANNER_TRACED], findings->serious,
           findings->notes);
}

/* How many faults that is: one or none. */
static unsigned fault(const struct project *project, gboolean is_one, const char *what)
{
    if (is_one)
        printf("FAIL %s: %s\n", project->name, what);
    return is_one ? 1 : 0;
}

static unsigned judge(const struct project *project, const struct comparison *comparison,
                      const struct findings *findings)
{
    const gboolean none = g_str_equal(project->expected, "none");
    unsigned faults = 0;

    faults += fault(project, comparison->different->len != 0, "tests have other results than without");
    faults += fault(project, comparison->seen.tasks == 0, "scopetrace saw no task in it");
    faults += fault(project, comparison->seen.lost != 0, "events were lost");
    faults += fault(project, findings->others != 0, "something was found that nobody knew");
    faults += fault(project, !none && findings->matched == 0, "what is known was not found");
    return faults;
}

static unsigned run(const struct project *project)
{
    struct findings findings;
    struct comparison *comparison = comparison_new(&project->part);
    g_autofree char *report = trial_report_file(&project->part);
    unsigned faults = fault(project, !findings_read(&findings, report, project->expected), "there is no report");

    print_row(project, comparison, &findings);
    comparison_print(comparison);
    faults += judge(project, comparison, &findings);
    findings_clear(&findings);
    comparison_free(comparison);
    return faults;
}

static gboolean is_wanted(const struct project *project, char *const *texts)
{
    for (char *const *text = texts; *text; text++)
        if (strstr(project->name, *text))
            return TRUE;
    return !*texts;
}

int main(int count, char **arguments)
{
    unsigned faults = 0, ran = 0;

    (void)count;
    setvbuf(stdout, NULL, _IOLBF, 0);
    g_autoptr(GPtrArray) projects = projects_found();
    print_head();
    for (guint i = 0; i < projects->len; i++)
        if (is_wanted(projects->pdata[i], arguments + 1)) {
            faults += run(projects->pdata[i]);
            ran++;
        }
    if (!ran)
        return STATUS_SKIPPED;
    printf("%u projects, %u faults\n", ran, faults);
    return faults != 0;
}
