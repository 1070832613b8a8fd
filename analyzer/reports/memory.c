/* SPDX-License-Identifier: MIT */
#include "analyzer/reports/memory.h"

#include <string.h>

#include "analyzer/reports/native.h"
#include "analyzer/reports/open_end.h"
#include "analyzer/reports/story.h"

enum {
    MAX_THREADS = 4, /* shown, unless all were asked for */
    MAX_FRAMES = 20, /* of the thread that the signal is of */
    MAX_OTHERS = 4,  /* of another one */
};

static void draw_line(struct page *page, const char *indent, const char *line)
{
    g_autofree char *rest = g_strconcat(indent, "  ", NULL);
    page_paragraph(page, indent, rest, line);
}

static void draw_omission(struct page *page, const char *indent, uint64_t count, const char *what)
{
    g_autofree char *line = g_strdup_printf(MARK_DIM "… %" G_GUINT64_FORMAT " more %s" MARK_END, count, what);
    draw_line(page, indent, line);
}

/* "died of signal 11 (Segmentation fault), address 0x8" */
static void add_fate(GString *line, const struct last_moment *moment)
{
    if (!moment->signal) {
        g_string_append(line, "was looked at while it ran");
        return;
    }
    g_string_append_printf(line, MARK_ERROR "died of signal" HARD_SPACE "%d (%s)" MARK_END, moment->signal,
                           strsignal(moment->signal));
    if (moment->address)
        g_string_append_printf(line, ", address" HARD_SPACE "0x%" G_GINT64_MODIFIER "x", moment->address);
}

static void draw_head(struct page *page, const struct last_moment *moment)
{
    g_autofree char *process =
        moment->process ? story_process(moment->process) : g_strdup_printf("process %u", moment->pid);
    GString *line = g_string_new(MARK_STRONG "Core file" MARK_END " ");
    page_add_text(line, moment->file, true);
    g_string_append(line, ": ");
    page_add_text(line, process, false);
    g_string_append_c(line, ' ');
    add_fate(line, moment);
    page_paragraph(page, "", "  ", line->str);
    g_string_free(line, TRUE);
    for (guint i = 0; i < moment->remarks->len; i++) {
        GString *remark = g_string_new(NULL);
        page_add_text(remark, g_ptr_array_index(moment->remarks, i), false);
        draw_line(page, "  ", remark->str);
        g_string_free(remark, TRUE);
    }
    page_blank(page);
}

static void draw_frames(struct page *page, const struct memory_thread *thread, uint32_t most)
{
    const uint32_t shown = thread->count <= most + 1 ? thread->count : most;
    for (uint32_t i = 0; i < shown; i++) {
        GString *line = g_string_new(NULL);
        native_add_frame(line, &thread->frames[i]);
        draw_line(page, "  ", line->str);
        g_string_free(line, TRUE);
    }
    if (shown < thread->count)
        draw_omission(page, "  ", thread->count - shown, "frames");
}

static void draw_threads(struct page *page, const struct last_moment *moment, bool all)
{
    const guint count = moment->threads->len;
    const guint shown = all || count <= MAX_THREADS + 1 ? count : MAX_THREADS;
    for (guint i = 0; i < shown; i++) {
        const struct memory_thread *thread = g_ptr_array_index(moment->threads, i);
        const uint32_t most = i == 0 ? MAX_FRAMES : MAX_OTHERS;
        g_autofree char *title =
            g_strdup_printf(MARK_STRONG "Thread %u" MARK_END "%s", thread->tid,
                            i == 0 && moment->signal ? ", which the signal is of, was in" : " was in");
        page_paragraph(page, "", "  ", title);
        draw_frames(page, thread, all ? UINT32_MAX - 1 : most);
    }
    if (shown < count)
        draw_omission(page, "", count - shown, "threads");
    page_blank(page);
}

void memory_draw(struct page *page, const struct last_moment *moment, const struct report_style *style)
{
    draw_head(page, moment);
    if (style->verbosity < 0)
        return;
    if (moment->end && !moment->agrees)
        open_end_draw_one(page, moment->end, style);
    draw_threads(page, moment, style->verbosity > 0);
}
