/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/whole_report.h"

#include <stdio.h>
#include <stdlib.h>

#include "analyzer/policy/policy.h"
#include "analyzer/reports/format.h"

enum { CHOICE_STRICT = 1, CHOICE_TREE = 2, CHOICE_COLOUR = 4, CHOICE_VERBOSE = 8, CHOICE_NARROW = 16 };

struct analysis *whole_report_begin(uint8_t choices)
{
    return analysis_new(&(struct analysis_options){.strict = (choices & CHOICE_STRICT) != 0,
                                                   .tree = (choices & CHOICE_TREE) != 0});
}

void whole_report_feed(void *analysis, const struct event *event)
{
    analysis_feed(analysis, event);
}

void whole_report_expect(void *analysis, const struct event *events, size_t count)
{
    analysis_expect(analysis, events, count);
}

static void write_all(const struct report *report, uint8_t choices)
{
    const struct report_style style = {.width = choices & CHOICE_NARROW ? 20 : 100,
                                       .colour = (choices & CHOICE_COLOUR) != 0,
                                       .tree = (choices & CHOICE_TREE) != 0,
                                       .strict = (choices & CHOICE_STRICT) != 0,
                                       .verbosity = choices & CHOICE_VERBOSE ? 1 : 0,
                                       .root = "/app"};
    for (const struct report_format *format = report_formats; format->name; format++) {
        char *text = NULL;
        size_t length = 0;
        FILE *out = open_memstream(&text, &length);
        if (!out || !format->write(report, &style, out, NULL))
            abort();
        fclose(out);
        free(text);
    }
}

/* A baseline of the report itself must accept all that it lists. */
static void apply_policy(const struct report *original, uint8_t choices)
{
    struct policy *first = policy_new("/app"), *second = policy_new("/app");
    struct report report = *original, again = *original;
    policy_apply(first, &report);
    g_autofree char *baseline = policy_baseline_text(first, &report, true);
    g_autofree char *suppressions = policy_suppressions_text(first, &report);
    if (!policy_set_baseline(second, "baseline", baseline, NULL) ||
        !policy_add_suppressions(second, "suppressions", suppressions, NULL))
        abort();
    policy_apply(second, &again);
    write_all(&again, choices);
    policy_free(second);
    policy_free(first);
}

void whole_report_end(struct analysis *analysis, uint8_t choices)
{
    const struct report *report = analysis_finish(analysis);
    write_all(report, choices);
    apply_policy(report, choices);
    analysis_free(analysis);
}
