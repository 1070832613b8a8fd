/* SPDX-License-Identifier: MIT */
/*
 * The format "markdown": a summary for the page of a job or of a merge request.
 */
#include <string.h>

#include "analyzer/core/rule.h"
#include "analyzer/reports/escape.h"
#include "analyzer/reports/output.h"
#include "analyzer/reports/place.h"
#include "analyzer/reports/report_formats.h"
#include "analyzer/reports/story.h"
#include "analyzer/reports/text.h"

static const char *const signs[LEVELS] = {
    [LEVEL_NOTE] = "ℹ️", [LEVEL_WARNING] = "⚠️", [LEVEL_ERROR] = "❌"};

/* A fence that no text within can close. */
static char *fence_for(const char *text)
{
    size_t longest = 2;
    for (const char *c = strchr(text, '`'); c; c = strchr(c, '`')) {
        size_t run = strspn(c, "`");
        longest = MAX(longest, run);
        c += run;
    }
    return g_strnfill(longest + 1, '`');
}

static void add_place(GString *out, const struct finding *finding, const struct report_style *style)
{
    const struct stack_frame *frame = place_of_finding(finding);
    if (!frame)
        return;
    g_autofree char *path = place_path(frame, finding->process, style);
    g_autofree char *place = g_strdup_printf("%s:%" G_GUINT32_FORMAT, path, frame->line);
    g_string_append(out, "at ");
    escape_markdown(out, place);
    g_string_append(out, "\n\n");
}

static void add_issue(GString *out, const struct known_issue *issue)
{
    if (!issue)
        return;
    g_autofree char *state = story_issue_state(issue);
    g_string_append(out, "Known issue ");
    escape_markdown(out, issue->id);
    g_string_append_printf(out, " (<%s>), %s. **", issue->url, state);
    escape_markdown(out, issue->advice);
    g_string_append(out, "**\n\n");
}

static void add_finding(GString *out, const struct finding *finding, const struct report_style *style)
{
    g_autofree char *headline = story_headline(finding);
    g_string_append_printf(out, "### %s %s: %s\n\n", signs[finding->level], level_name(finding->level), headline);
    escape_markdown(out, finding->message);
    g_string_append(out, "\n\n");
    add_place(out, finding, style);
    if (finding->test && *finding->test) {
        g_string_append(out, "in the test ");
        escape_markdown(out, finding->test);
        g_string_append(out, "\n\n");
    }
    add_issue(out, finding->known_issue);
    GString *story = text_plain_story(finding, style);
    g_autofree char *fence = fence_for(story->str);
    g_string_append_printf(out, "<details><summary>What happened</summary>\n\n%stext\n%s%s\n\n</details>\n\n",
                           fence, story->str, fence);
    g_string_free(story, TRUE);
}

gboolean report_write_markdown(const struct report *report, const struct report_style *style, FILE *out,
                               GError **error)
{
    g_autofree char *findings = story_findings(&report->summary);
    g_autofree char *accepted = story_accepted(report);
    g_autofree char *volume = story_volume(report);
    GString *text = g_string_new("## scopetrace: ");
    g_string_append_printf(text, "%s%s%s\n\n%s\n\n",
                           report->findings->len ? findings
                           : accepted            ? "✅ no new findings"
                                                 : "✅ no cancellation went wrong",
                           accepted ? "; " : "", accepted ? accepted : "", volume);
    for (guint i = 0; i < report->notices->len; i++) {
        g_string_append(text, "> ");
        escape_markdown(text, g_ptr_array_index(report->notices, i));
        g_string_append(text, "\n\n");
    }
    for (guint i = 0; report->remarks && i < report->remarks->len; i++) {
        g_string_append(text, "- ");
        escape_markdown(text, g_ptr_array_index(report->remarks, i));
        g_string_append(text, i + 1 == report->remarks->len ? "\n\n" : "\n");
    }
    for (guint i = 0; i < report->findings->len; i++)
        add_finding(text, g_ptr_array_index(report->findings, i), style);
    gboolean written = output_text(out, text, error);
    g_string_free(text, TRUE);
    return written;
}
