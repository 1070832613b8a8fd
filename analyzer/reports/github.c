/* SPDX-License-Identifier: MIT */
/*
 * The format "github": workflow commands that become annotations on file and line.
 */
#include "analyzer/core/rule.h"
#include "analyzer/reports/escape.h"
#include "analyzer/reports/output.h"
#include "analyzer/reports/place.h"
#include "analyzer/reports/report_formats.h"
#include "analyzer/reports/story.h"
#include "analyzer/reports/text.h"

static const char *const commands[LEVELS] = {
    [LEVEL_NOTE] = "notice", [LEVEL_WARNING] = "warning", [LEVEL_ERROR] = "error"};

/* Only files of the repository can be annotated. */
static void add_place(GString *out, const struct finding *finding, const struct report_style *style)
{
    const struct stack_frame *frame = place_of_finding(finding);
    g_autofree char *path = frame ? place_path(frame, finding->process, style) : NULL;
    if (!path || path[0] == '/' || path[0] == '<')
        return;
    g_string_append(out, "file=");
    escape_github_property(out, path);
    g_string_append_printf(out, ",line=%" G_GUINT32_FORMAT ",", frame->line);
}

static void add_annotation(GString *out, const struct finding *finding, const struct report_style *style)
{
    g_autofree char *headline = story_headline(finding);
    g_autofree char *title = g_strdup_printf("scopetrace: %s", headline);
    g_string_append_printf(out, "::%s ", commands[finding->level]);
    add_place(out, finding, style);
    g_string_append(out, "title=");
    escape_github_property(out, title);
    g_string_append(out, "::");
    GString *story = text_plain_story(finding, style);
    g_autofree char *message = g_strdup_printf("%s\n\n%s", finding->message, story->str);
    escape_github_message(out, message);
    g_string_append_c(out, '\n');
    g_string_free(story, TRUE);
}

gboolean report_write_github(const struct report *report, const struct report_style *style, FILE *out,
                             GError **error)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < report->findings->len; i++)
        add_annotation(text, g_ptr_array_index(report->findings, i), style);
    for (guint i = 0; i < report->notices->len; i++) {
        g_string_append(text, "::warning title=scopetrace::");
        escape_github_message(text, g_ptr_array_index(report->notices, i));
        g_string_append_c(text, '\n');
    }
    for (guint i = 0; report->remarks && i < report->remarks->len; i++) {
        g_string_append(text, "::notice title=scopetrace::");
        escape_github_message(text, g_ptr_array_index(report->remarks, i));
        g_string_append_c(text, '\n');
    }
    gboolean written = output_text(out, text, error);
    g_string_free(text, TRUE);
    return written;
}
