/* SPDX-License-Identifier: MIT */
/*
 * A page of text for people: paragraphs wrapped to the width, with colours where they are allowed.
 *
 * Runs in: the command. Text in paragraphs is escaped by its maker (escape_terminal), so that the bytes
 * below 0x20 are free for marks of our own.
 */
#ifndef SCOPETRACE_REPORTS_PAGE_H
#define SCOPETRACE_REPORTS_PAGE_H

#include "analyzer/reports/format.h"

/* Marks: each begins a look that lasts to MARK_END; they do not nest. */
#define MARK_END "\001"
#define MARK_ERROR "\002"
#define MARK_WARNING "\003"
#define MARK_NOTE "\004"
#define MARK_STRONG "\005"
#define MARK_DIM "\006"
#define MARK_GOOD "\007"
/* A space at which no line is broken. */
#define HARD_SPACE "\016"

struct page {
    GString *text; /* owned by the caller */
    unsigned width;
    bool colour;
};

/* One paragraph: `first` begins its first line, `rest` the others; both count as they are wide. A word that is
 * wider than the page is not broken. */
void page_paragraph(struct page *page, const char *first, const char *rest, const char *text);
void page_blank(struct page *page);

/* The mark that suits the level. */
const char *page_level_mark(enum level level);

/* Appends trace text, escaped; its spaces break no line when it is `together`. */
void page_add_text(GString *out, const char *text, bool together);
/* Appends "anyio.CancelScope of fail_after() #7". */
void page_add_scope(GString *out, const struct scope_ref *scope);

#endif
