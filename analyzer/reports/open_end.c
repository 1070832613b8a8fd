/* SPDX-License-Identifier: MIT */
#include "analyzer/reports/open_end.h"

#include <time.h>

#include "analyzer/reports/place.h"
#include "analyzer/reports/story.h"

enum {
    MAX_PROCESSES = 3, /* shown, unless all were asked for */
    MAX_TASKS = 10,
    MAX_SCOPES = 6,
    MAX_REQUESTS = 6,
};

struct drawing {
    struct page *page;
    const struct report_style *style;
    const struct open_end *end;
};

static guint shown_of(const struct drawing *drawing, guint count, guint most)
{
    /* a single one that is left out takes as much room as itself */
    return drawing->style->verbosity > 0 || count <= most + 1 ? count : most;
}

static void draw_row(const struct drawing *drawing, const char *bars, bool last, const char *text)
{
    g_autofree char *first = g_strconcat(bars, last ? "└─ " : "├─ ", NULL);
    g_autofree char *rest = g_strconcat(bars, last ? "     " : "│    ", NULL);
    page_paragraph(drawing->page, first, rest, text);
}

static void draw_more(const struct drawing *drawing, const char *bars, uint64_t count, const char *what)
{
    g_autofree char *text = g_strdup_printf(MARK_DIM "… %" G_GUINT64_FORMAT " more %s" MARK_END, count, what);
    draw_row(drawing, bars, true, text);
}

static void add_clock(GString *row, uint64_t time_ns, bool with_date)
{
    char when[64] = "";
    struct tm utc;
    const time_t seconds = (time_t)(time_ns / 1000000000u);
    if (gmtime_r(&seconds, &utc))
        strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", &utc);
    const char *time = strchr(when, ' ');
    g_string_append_printf(row, "%s.%06u" HARD_SPACE "UTC", with_date || !time ? when : time + 1,
                           (unsigned)(time_ns % 1000000000u / 1000u));
}

/* " 52 ms before the end"; a core file does not say when that was. */
static void add_time(GString *row, const struct drawing *drawing, const struct moment *moment)
{
    const uint64_t end = drawing->end->time_ns;
    if (drawing->end->of_memory) {
        if (moment->time_ns)
            g_string_append(row, " at" HARD_SPACE);
        if (moment->time_ns)
            add_clock(row, moment->time_ns, false);
        return;
    }
    if (end <= moment->time_ns) {
        g_string_append(row, " at the end");
        return;
    }
    g_autofree char *duration = story_duration(end - moment->time_ns);
    g_string_append_printf(row, " %s before the end", duration);
}

static void add_place(GString *row, const struct drawing *drawing, const struct moment *moment)
{
    const struct stack_frame *frame = place_of_moment(moment);
    if (!frame)
        return;
    g_autofree char *path = place_short_path(frame, drawing->end->process, drawing->style);
    g_string_append(row, " at ");
    page_add_text(row, path, true);
    g_string_append_printf(row, ":%" G_GUINT32_FORMAT, frame->line);
    if (!frame->function)
        return;
    g_string_append(row, " (");
    page_add_text(row, frame->function, true);
    g_string_append_c(row, ')');
}

static void add_actor(GString *row, const struct moment *moment, const struct open_task *task)
{
    if (!moment->task.serial)
        return;
    g_string_append(row, " by ");
    if (moment->task.serial == task->task.id.serial)
        g_string_append(row, "itself");
    else if (moment->task_name && *moment->task_name)
        page_add_text(row, moment->task_name, true);
    else
        g_string_append_printf(row, "task" HARD_SPACE "#%" G_GUINT64_FORMAT, moment->task.serial);
}

static void add_decision(GString *row, const struct drawing *drawing, const struct moment *moment,
                         const struct open_task *task)
{
    add_actor(row, moment, task);
    add_time(row, drawing, moment);
    add_place(row, drawing, moment);
    if (!moment->reason || !*moment->reason)
        return;
    g_string_append(row, ": ");
    page_add_text(row, moment->reason, false);
}

static const struct moment *decision_of(const struct open_request *request)
{
    return request->cancelled ? request->cancelled : request->raised;
}

/* By the same, at the same place: what a loop does time and again. */
static bool alike(const struct open_request *a, const struct open_request *b)
{
    const struct moment *left = decision_of(a), *right = decision_of(b);
    const struct stack_frame *here = place_of_moment(left), *there = place_of_moment(right);
    return here && there && here->line == there->line && g_strcmp0(here->file, there->file) == 0 &&
           left->task.serial == right->task.serial && g_strcmp0(left->reason, right->reason) == 0 &&
           g_strcmp0(a->scope.kind, b->scope.kind) == 0 && g_strcmp0(a->scope.opener, b->scope.opener) == 0;
}

/* Copies: the first of those that are alike, with their count. */
static GArray *fold(const struct drawing *drawing, const GPtrArray *requests)
{
    GArray *folded = g_array_new(FALSE, FALSE, sizeof(struct open_request));
    for (guint i = 0; i < requests->len; i++) {
        const struct open_request *request = g_ptr_array_index(requests, i);
        struct open_request *last =
            folded->len ? &g_array_index(folded, struct open_request, folded->len - 1) : NULL;
        if (last && drawing->style->verbosity <= 0 && alike(last, request))
            last->count += request->count;
        else
            g_array_append_vals(folded, request, 1);
    }
    return folded;
}

static char *request_row(const struct drawing *drawing, const struct open_request *request,
                         const struct open_task *task)
{
    const struct moment *decision = decision_of(request);
    GString *row = g_string_new(MARK_ERROR "cancelled" MARK_END);
    if (request->count > 1)
        g_string_append_printf(row, " %" G_GUINT32_FORMAT " times, first", request->count);
    if (decision)
        add_decision(row, drawing, decision, task);
    else
        g_string_append(row, " before the trace began, or unseen");
    if (request->scope.id.serial) {
        g_string_append(row, ", through ");
        page_add_scope(row, &request->scope);
    }
    return g_string_free(row, FALSE);
}

static char *scope_row(const struct drawing *drawing, const struct tree_scope *scope, const struct open_task *task)
{
    GString *row = g_string_new("in ");
    page_add_scope(row, &scope->scope);
    if (scope->entered) {
        g_string_append(row, ", entered");
        add_time(row, drawing, scope->entered);
        add_place(row, drawing, scope->entered);
    }
    if (scope->shield)
        g_string_append(row, ", shielded");
    if (scope->cancelled) {
        g_string_append(row, ", " MARK_WARNING "cancelled" MARK_END);
        add_decision(row, drawing, scope->cancelled, task);
    }
    return g_string_free(row, FALSE);
}

/* Of the tasks that are open, too. */
static void add_parent(GString *row, const struct drawing *drawing, const struct open_task *task)
{
    for (guint i = 0; task->parent.serial && i < drawing->end->tasks->len; i++) {
        const struct open_task *other = g_ptr_array_index(drawing->end->tasks, i);
        if (other->task.id.serial != task->parent.serial || !other->task.name || !*other->task.name)
            continue;
        g_string_append(row, ", started by ");
        page_add_text(row, other->task.name, true);
        return;
    }
}

static char *task_row(const struct drawing *drawing, const struct open_task *task)
{
    g_autofree char *name = story_task(&task->task);
    GString *row = g_string_new(MARK_STRONG);
    page_add_text(row, name ? name : "task", true);
    g_string_append(row, MARK_END);
    add_parent(row, drawing, task);
    if (task->counter)
        g_string_append_printf(
            row, " · " MARK_ERROR "cancellation" HARD_SPACE "counter" HARD_SPACE "%" G_GUINT32_FORMAT MARK_END,
            task->counter);
    return g_string_free(row, FALSE);
}

static void draw_task(const struct drawing *drawing, const struct open_task *task, bool last)
{
    const char *bars = last ? "   " : "│  ";
    g_autoptr(GArray) folded = fold(drawing, task->requests);
    const guint requests = shown_of(drawing, folded->len, MAX_REQUESTS);
    const guint scopes = shown_of(drawing, task->scopes->len, MAX_SCOPES);
    const uint64_t left = folded->len - requests + task->scopes->len - scopes + task->scopes_left_out;
    g_autofree char *row = task_row(drawing, task);
    draw_row(drawing, "", last, row);
    for (guint i = 0; i < requests; i++) {
        g_autofree char *text = request_row(drawing, &g_array_index(folded, struct open_request, i), task);
        draw_row(drawing, bars, i + 1 == requests && scopes == 0 && left == 0, text);
    }
    for (guint i = 0; i < scopes; i++) {
        g_autofree char *text = scope_row(drawing, g_ptr_array_index(task->scopes, i), task);
        draw_row(drawing, bars, i + 1 == scopes && left == 0, text);
    }
    if (left)
        draw_more(drawing, bars, left, "scopes and requests");
}

static void draw_title(const struct drawing *drawing)
{
    const bool of_memory = drawing->end->of_memory;
    g_autofree char *process = story_process(drawing->end->process);
    GString *title = g_string_new(MARK_STRONG "Open at the end" MARK_END);
    g_string_append(title, of_memory ? " by the memory of " : " of the trace of ");
    page_add_text(title, process, false);
    g_string_append(title, of_memory ? "; the core file is of " : ", at ");
    add_clock(title, drawing->end->time_ns, true);
    page_paragraph(drawing->page, "", "  ", title->str);
    g_string_free(title, TRUE);
}

static void draw_end(const struct drawing *drawing)
{
    const GPtrArray *tasks = drawing->end->tasks;
    const guint shown = shown_of(drawing, tasks->len, MAX_TASKS);
    const uint64_t left = tasks->len - shown + drawing->end->tasks_left_out;
    draw_title(drawing);
    for (guint i = 0; i < shown; i++)
        draw_task(drawing, g_ptr_array_index(tasks, i), i + 1 == shown && left == 0);
    if (left)
        draw_more(drawing, "", left, "tasks");
    page_blank(drawing->page);
}

void open_end_draw_one(struct page *page, const struct open_end *end, const struct report_style *style)
{
    const struct drawing drawing = {page, style, end};
    draw_end(&drawing);
}

void open_end_draw(struct page *page, const struct report *report, const struct report_style *style)
{
    struct drawing drawing = {page, style, NULL};
    const guint shown = shown_of(&drawing, report->ends->len, MAX_PROCESSES);
    for (guint i = 0; i < shown; i++) {
        drawing.end = g_ptr_array_index(report->ends, i);
        draw_end(&drawing);
    }
    if (shown == report->ends->len)
        return;
    g_autofree char *left =
        g_strdup_printf("… and something was open in %u more processes; -v shows them", report->ends->len - shown);
    page_paragraph(page, "", "  ", left);
    page_blank(page);
}
