/* SPDX-License-Identifier: MIT */
/*
 * The format "text": the report that a person sees.
 */
#include "analyzer/reports/text.h"

#include "analyzer/core/rule.h"
#include "analyzer/reports/memory.h"
#include "analyzer/reports/native.h"
#include "analyzer/reports/open_end.h"
#include "analyzer/reports/output.h"
#include "analyzer/reports/place.h"
#include "analyzer/reports/report_formats.h"
#include "analyzer/reports/story.h"
#include "analyzer/reports/tree.h"

enum {
    MAX_CALLEES = 4, /* frames shown between the user's line and the event */
    MAX_CALLERS = 3, /* frames of the user's own shown above it */
    MAX_NATIVE = 8,  /* innermost frames of a native stack */
};

/* A page being written about one process of a report. */
struct text {
    struct page *page;
    const struct report_style *style;
    const struct report_process *process;
};

/* ---- stacks ---- */

static void show_frame(struct text *text, const char *indent, const char *lead, const struct stack_frame *frame)
{
    g_autofree char *path = place_short_path(frame, text->process, text->style);
    GString *line = g_string_new(frame->origin == FRAME_USER ? MARK_STRONG : MARK_DIM);
    page_add_text(line, path, true);
    g_string_append_printf(line, ":%" G_GUINT32_FORMAT MARK_END, frame->line);
    g_string_append(line, frame->origin == FRAME_USER ? " in" HARD_SPACE : " " MARK_DIM "in" HARD_SPACE);
    page_add_text(line, frame->function ? frame->function : "?", true);
    g_string_append(line, MARK_END);
    g_autofree char *first = g_strconcat(indent, lead, NULL);
    g_autofree char *rest = g_strconcat(indent, "    ", NULL);
    page_paragraph(text->page, first, rest, line->str);
    g_string_free(line, TRUE);
}

static void show_omission(struct text *text, const char *indent, uint32_t count)
{
    g_autofree char *counted = story_count(count, "frame");
    g_autofree char *line = g_strdup_printf(MARK_DIM "… %s" MARK_END, counted);
    g_autofree char *first = g_strconcat(indent, "  ", NULL);
    page_paragraph(text->page, first, first, line);
}

/* From the user's line inwards, to where it happened. */
static void show_callees(struct text *text, const char *indent, const struct stack *stack, uint32_t from)
{
    bool fold = from > MAX_CALLEES && text->style->verbosity <= 0;
    for (uint32_t i = from; i-- > 0;) {
        if (fold && i == from - MAX_CALLEES) {
            show_omission(text, indent, i);
            i = 0;
        }
        show_frame(text, indent, "→ ", &stack->frames[i]);
    }
}

/* Who called: the user's own frames up to the event loop, or everything when that was asked for. */
static void show_callers(struct text *text, const char *indent, const struct stack *stack, uint32_t from)
{
    bool all = text->style->verbosity > 0;
    uint32_t end = all ? stack->count : place_frames_in_loop(stack), shown = 0, omitted = 0;
    for (uint32_t i = from + 1; i < end; i++) {
        if (!all && stack->frames[i].origin != FRAME_USER)
            continue;
        if (!all && shown >= MAX_CALLERS) {
            omitted++;
            continue;
        }
        show_frame(text, indent, "← ", &stack->frames[i]);
        shown++;
    }
    if (omitted)
        show_omission(text, indent, omitted);
}

static void show_native_stack(struct text *text, const char *indent, const struct moment *moment)
{
    uint32_t shown = text->style->verbosity > 0 ? moment->native_count : MIN(moment->native_count, MAX_NATIVE);
    for (uint32_t i = 0; i < shown; i++) {
        GString *line = g_string_new(MARK_DIM);
        native_add_frame(line, &moment->native_stack[i]);
        g_string_append(line, MARK_END);
        g_autofree char *first = g_strconcat(indent, "native ", NULL);
        page_paragraph(text->page, first, first, line->str);
        g_string_free(line, TRUE);
    }
    if (shown < moment->native_count)
        show_omission(text, indent, moment->native_count - shown);
}

static void show_place(struct text *text, const char *indent, const struct moment *moment)
{
    const struct stack_frame *frame = place_of_moment(moment);
    if (place_is_callback(moment->stack) && text->style->verbosity <= 0) {
        show_frame(text, indent, "", &moment->stack->frames[0]);
    } else if (frame) {
        uint32_t index = (uint32_t)(frame - moment->stack->frames);
        show_frame(text, indent, "", frame);
        show_callees(text, indent, moment->stack, index);
        show_callers(text, indent, moment->stack, index);
    }
    show_native_stack(text, indent, moment);
}

/* ---- findings ---- */

/* A paragraph of trace text with a label before it. */
static void say(struct page *page, const char *indent, const char *label, const char *content)
{
    GString *line = g_string_new(label);
    page_add_text(line, content, false);
    g_autofree char *rest = g_strconcat(indent, "  ", NULL);
    page_paragraph(page, indent, *label ? rest : indent, line->str);
    g_string_free(line, TRUE);
}

static void show_tests(struct page *page, const struct finding *finding)
{
    if (finding->test && *finding->test)
        say(page, "  ", MARK_DIM "test:" MARK_END " ", finding->test);
    for (guint i = 0; finding->more_tests && i < finding->more_tests->len; i++)
        say(page, "  ", MARK_DIM "also in:" MARK_END " ", g_ptr_array_index(finding->more_tests, i));
    if (finding->tests_left_out)
        say(page, "  ", MARK_DIM "also in:" MARK_END " ", "further tests");
}

static void show_confidence(struct page *page, const struct finding *finding)
{
    if (finding->confidence != CONFIDENCE_CERTAIN)
        say(page, "  ", MARK_DIM "confidence:" MARK_END " ", confidence_name(finding->confidence));
}

static void show_setting(struct text *text, const struct finding *finding)
{
    g_autofree char *task = story_task(&finding->task);
    g_autofree char *process = finding->process ? story_process(finding->process) : g_strdup("unknown process");
    g_autofree char *where = task ? g_strdup_printf("%s, %s", task, process) : g_strdup(process);
    say(text->page, "  ", MARK_DIM "in:" MARK_END " ", where);
    show_tests(text->page, finding);
    show_confidence(text->page, finding);
}

static void show_steps(struct text *text, const struct finding *finding)
{
    g_autoptr(GPtrArray) steps = story_of_finding(finding);
    if (steps->len || finding->afterwards)
        page_blank(text->page);
    for (guint i = 0; i < steps->len; i++) {
        const struct story_step *step = g_ptr_array_index(steps, i);
        g_autofree char *number = g_strdup_printf("  %u. ", i + 1);
        GString *title = g_string_new(NULL);
        page_add_text(title, step->title, false);
        page_paragraph(text->page, number, "     ", title->str);
        g_string_free(title, TRUE);
        show_place(text, "       ", step->moment);
    }
    if (finding->afterwards && *finding->afterwards) {
        g_autofree char *number = g_strdup_printf("  %u. ", steps->len + 1);
        GString *line = g_string_new(NULL);
        page_add_text(line, finding->afterwards, false);
        page_paragraph(text->page, number, "     ", line->str);
        g_string_free(line, TRUE);
    }
}

static void show_consequences(struct text *text, const GPtrArray *consequences)
{
    if (!consequences || !consequences->len)
        return;
    page_blank(text->page);
    page_paragraph(text->page, "  ", "  ", "What came of it:");
    for (guint i = 0; i < consequences->len; i++) {
        const struct consequence *consequence = g_ptr_array_index(consequences, i);
        g_autofree char *times = story_count(consequence->count, "time");
        g_autofree char *repeated =
            consequence->count > 1 ? g_strdup_printf("%s (%s)", consequence->message, times) : NULL;
        say(text->page, "    ", "- ", repeated ? repeated : consequence->message);
        if (consequence->at)
            show_place(text, "       ", consequence->at);
    }
}

static void show_advice(struct text *text, const struct finding *finding)
{
    page_blank(text->page);
    const struct known_issue *issue = finding->known_issue;
    if (issue) {
        g_autofree char *state = story_issue_state(issue);
        g_autofree char *known = g_strdup_printf("%s, %s: %s", issue->id, state, issue->url);
        say(text->page, "  ", MARK_STRONG "known issue:" MARK_END " ", known);
        say(text->page, "  ", MARK_STRONG "what to do:" MARK_END " ", issue->advice);
    }
    g_autofree char *hint = g_strdup_printf("scopetrace explain %s", finding->rule->name);
    say(text->page, "  ", MARK_DIM "more:" MARK_END " ", hint);
}

static void show_story(struct page *page, const struct finding *finding, const struct report_style *style)
{
    struct text text = {page, style, finding->process};
    show_setting(&text, finding);
    show_steps(&text, finding);
    show_consequences(&text, finding->consequences);
    show_advice(&text, finding);
}

/* Whether there is more to tell than what was found, and where: a note is harmless, or unsure. */
static bool has_story(const struct finding *finding, const struct report_style *style)
{
    return finding->level != LEVEL_NOTE || style->verbosity > 0;
}

static void show_briefly(struct page *page, const struct finding *finding, const struct report_style *style)
{
    struct text text = {page, style, finding->process};
    const struct stack_frame *frame = place_of_finding(finding);
    if (frame)
        show_frame(&text, "    ", "", frame);
    show_tests(page, finding);
    show_confidence(page, finding);
    page_blank(page);
}

static void show_finding(struct page *page, const struct finding *finding, const struct report_style *style)
{
    g_autofree char *headline = story_headline(finding);
    GString *line = g_string_new(page_level_mark(finding->level));
    g_string_append_printf(line, "%s:" MARK_END " " MARK_STRONG "%s" MARK_END, level_name(finding->level),
                           headline);
    page_paragraph(page, "", "  ", line->str);
    g_string_free(line, TRUE);
    say(page, "  ", "", finding->message);
    if (style->verbosity < 0) {
        show_tests(page, finding);
        return;
    }
    if (!has_story(finding, style)) {
        show_briefly(page, finding, style);
        return;
    }
    page_blank(page);
    show_story(page, finding, style);
    page_blank(page);
}

GString *text_plain_story(const struct finding *finding, const struct report_style *style)
{
    struct page page = {g_string_new(NULL), 0, false};
    show_story(&page, finding, style);
    return page.text;
}

gboolean finding_write_text(const struct finding *finding, const struct report_style *style, FILE *out,
                            GError **error)
{
    struct page page = {g_string_new(NULL), style->width, style->colour};
    show_finding(&page, finding, style);
    gboolean written = output_text(out, page.text, error);
    g_string_free(page.text, TRUE);
    return written;
}

/* ---- the report ---- */

static void show_notices(struct page *page, const struct report *report)
{
    for (guint i = 0; i < report->notices->len; i++)
        say(page, "", MARK_WARNING "notice:" MARK_END " ", g_ptr_array_index(report->notices, i));
}

static void show_remarks(struct page *page, const struct report *report)
{
    for (guint i = 0; report->remarks && i < report->remarks->len; i++)
        say(page, "", MARK_DIM "policy:" MARK_END " ", g_ptr_array_index(report->remarks, i));
}

/* "no cancellation went wrong", "1 error; 2 in the baseline" */
static char *outcome(const struct report *report)
{
    g_autofree char *accepted = story_accepted(report);
    g_autofree char *findings = report->findings->len
                                    ? story_findings(&report->summary)
                                    : g_strdup(accepted ? "no new findings" : "no cancellation went wrong");
    return accepted ? g_strdup_printf("%s; %s", findings, accepted) : g_steal_pointer(&findings);
}

static bool shows_tree(const struct report *report, const struct report_style *style)
{
    if (style->tree || style->verbosity < 0)
        return style->tree;
    for (guint i = 0; i < report->findings->len; i++)
        if (has_story(g_ptr_array_index(report->findings, i), style))
            return true;
    return false;
}

static void show_summary(struct page *page, const struct report *report)
{
    const uint64_t *counts = report->summary.findings;
    enum level worst = counts[LEVEL_ERROR] ? LEVEL_ERROR : counts[LEVEL_WARNING] ? LEVEL_WARNING : LEVEL_NOTE;
    bool clean = report->findings->len == 0;
    if (report->memory && !report->processes->len) {
        page_paragraph(page, "", "  ", "scopetrace: no trace, so nothing was judged (the memory of one process)");
        return;
    }
    g_autofree char *result = outcome(report);
    g_autofree char *volume = story_volume(report);
    g_autofree char *line = g_strdup_printf("scopetrace: %s%s" MARK_END " (%s)",
                                            clean ? MARK_GOOD : page_level_mark(worst), result, volume);
    page_paragraph(page, "", "  ", line);
}

gboolean report_write_text(const struct report *report, const struct report_style *style, FILE *out,
                           GError **error)
{
    bool quiet = style->verbosity < 0;
    struct page page = {g_string_new(NULL), style->width, style->colour};
    for (guint i = 0; i < report->findings->len; i++)
        show_finding(&page, g_ptr_array_index(report->findings, i), style);
    if (shows_tree(report, style))
        tree_draw(&page, report, style);
    if (!quiet)
        open_end_draw(&page, report, style);
    if (report->memory)
        memory_draw(&page, report->memory, style);
    show_notices(&page, report);
    if (!quiet)
        show_remarks(&page, report);
    if (!quiet || report->findings->len)
        show_summary(&page, report);
    gboolean written = output_text(out, page.text, error);
    g_string_free(page.text, TRUE);
    return written;
}
