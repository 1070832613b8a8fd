/* SPDX-License-Identifier: MIT */
/*
 * The format "junit": a test case per finding, named after the test that was running. Errors and warnings
 * fail it; a note is a skipped one, since it is nothing to act upon. Without findings one case passes, so
 * that the suite is seen to have run.
 */
#include "analyzer/core/rule.h"
#include "analyzer/reports/escape.h"
#include "analyzer/reports/output.h"
#include "analyzer/reports/place.h"
#include "analyzer/reports/report_formats.h"
#include "analyzer/reports/story.h"
#include "analyzer/reports/text.h"

/* Readers take the end of a line in an attribute for a space: it is spelled. */
static void add_attribute(GString *xml, const char *name, const char *value)
{
    GString *line = g_string_new(NULL);
    escape_terminal(line, value);
    g_string_append_printf(xml, " %s=\"", name);
    escape_xml(xml, line->str);
    g_string_append_c(xml, '"');
    g_string_free(line, TRUE);
}

static void add_counts(GString *xml, const struct report *report)
{
    const uint64_t *counts = report->summary.findings;
    g_string_append_printf(xml,
                           " name=\"scopetrace\" tests=\"%u\" failures=\"%" G_GUINT64_FORMAT
                           "\" errors=\"0\" skipped=\"%" G_GUINT64_FORMAT "\" time=\"0\"",
                           MAX(report->findings->len, 1), counts[LEVEL_ERROR] + counts[LEVEL_WARNING],
                           counts[LEVEL_NOTE]);
}

/* The test that was running, else the place, else the fingerprint. */
static char *plain_name(const struct finding *finding, const struct report_style *style)
{
    if (finding->test && *finding->test)
        return g_strdup(finding->test);
    const struct stack_frame *frame = place_of_finding(finding);
    if (!frame)
        return g_strdup(finding->fingerprint);
    g_autofree char *path = place_path(frame, finding->process, style);
    return g_strdup_printf("%s:%" G_GUINT32_FORMAT, path, frame->line);
}

/* Readers take two cases of one name for one case. */
static char *case_name(const struct finding *finding, const struct report_style *style, GHashTable *names)
{
    g_autofree char *name = plain_name(finding, style);
    g_autofree char *key = g_strdup_printf("%s\037%s", finding->rule->name, name);
    if (g_hash_table_add(names, g_steal_pointer(&key)))
        return g_steal_pointer(&name);
    return g_strdup_printf("%s [%s, %u]", name, finding->fingerprint, g_hash_table_size(names));
}

static void add_place(GString *xml, const struct finding *finding, const struct report_style *style)
{
    const struct stack_frame *frame = place_of_finding(finding);
    if (!frame)
        return;
    g_autofree char *path = place_path(frame, finding->process, style);
    add_attribute(xml, "file", path);
    g_string_append_printf(xml, " line=\"%" G_GUINT32_FORMAT "\"", frame->line);
}

static void add_case(GString *xml, const struct finding *finding, const struct report_style *style,
                     GHashTable *names)
{
    g_autofree char *class_name = g_strdup_printf("scopetrace.%s", finding->rule->name);
    g_autofree char *name = case_name(finding, style, names);
    const char *outcome = finding->level == LEVEL_NOTE ? "skipped" : "failure";
    g_string_append(xml, "    <testcase");
    add_attribute(xml, "classname", class_name);
    add_attribute(xml, "name", name);
    add_place(xml, finding, style);
    g_string_append_printf(xml, " time=\"0\">\n      <%s", outcome);
    if (finding->level != LEVEL_NOTE)
        add_attribute(xml, "type", finding->rule->name);
    add_attribute(xml, "message", finding->message);
    g_string_append(xml, ">");
    g_autofree char *headline = story_headline(finding);
    g_autofree char *head =
        g_strdup_printf("%s: %s\n  %s\n\n", level_name(finding->level), headline, finding->message);
    escape_xml(xml, head);
    GString *story = text_plain_story(finding, style);
    escape_xml(xml, story->str);
    g_string_free(story, TRUE);
    g_string_append_printf(xml, "</%s>\n    </testcase>\n", outcome);
}

static void add_sentences(GString *xml, const char *element, const GPtrArray *sentences)
{
    if (!sentences || !sentences->len)
        return;
    g_string_append_printf(xml, "    <%s>", element);
    for (guint i = 0; i < sentences->len; i++) {
        escape_xml(xml, g_ptr_array_index(sentences, i));
        g_string_append_c(xml, '\n');
    }
    g_string_append_printf(xml, "</%s>\n", element);
}

gboolean report_write_junit(const struct report *report, const struct report_style *style, FILE *out,
                            GError **error)
{
    g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GString *xml = g_string_new("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
    add_counts(xml, report);
    g_string_append(xml, ">\n  <testsuite");
    add_counts(xml, report);
    g_string_append(xml, ">\n");
    for (guint i = 0; i < report->findings->len; i++)
        add_case(xml, g_ptr_array_index(report->findings, i), style, names);
    if (!report->findings->len)
        g_string_append(xml, "    <testcase classname=\"scopetrace\" name=\"cancellation\" time=\"0\"/>\n");
    add_sentences(xml, "system-out", report->remarks);
    add_sentences(xml, "system-err", report->notices);
    g_string_append(xml, "  </testsuite>\n</testsuites>\n");
    gboolean written = output_text(out, xml, error);
    g_string_free(xml, TRUE);
    return written;
}
