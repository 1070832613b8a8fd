/* SPDX-License-Identifier: MIT */
#include "analyzer/reports/page.h"

#include <string.h>

#include "analyzer/reports/escape.h"

/* By mark: the terminal's sequence. */
static const char *const looks[] = {
    [1] = "\033[0m", [2] = "\033[1;31m", [3] = "\033[1;33m", [4] = "\033[1;36m",
    [5] = "\033[1m", [6] = "\033[2m",    [7] = "\033[1;32m",
};

static const char *look_of(char byte)
{
    return (unsigned char)byte < G_N_ELEMENTS(looks) ? looks[(unsigned char)byte] : NULL;
}

static unsigned columns_of(const char *text, size_t length)
{
    unsigned columns = 0;
    for (const char *c = text; c < text + length; c = g_utf8_next_char(c)) {
        gunichar character = g_utf8_get_char(c);
        if (!look_of(*c) && !g_unichar_iszerowidth(character))
            columns += g_unichar_iswide(character) ? 2 : 1;
    }
    return columns;
}

/* Writes a word, its marks as colours; keeps in mind the look that goes on after it. */
static void put_word(struct page *page, const char *word, size_t length, char *look)
{
    for (size_t i = 0; i < length; i++) {
        if (look_of(word[i])) {
            *look = word[i] == MARK_END[0] ? '\0' : word[i];
            if (page->colour)
                g_string_append(page->text, look_of(word[i]));
        } else {
            g_string_append_c(page->text, word[i] == HARD_SPACE[0] ? ' ' : word[i]);
        }
    }
}

static void break_line(struct page *page, const char *prefix, char look)
{
    if (look && page->colour)
        g_string_append(page->text, look_of(MARK_END[0]));
    g_string_append_c(page->text, '\n');
    g_string_append(page->text, prefix);
    if (look && page->colour)
        g_string_append(page->text, look_of(look));
}

void page_paragraph(struct page *page, const char *first, const char *rest, const char *text)
{
    unsigned column = columns_of(first, strlen(first));
    bool empty = true;
    char look = '\0';
    g_string_append(page->text, first);
    while (*text) {
        size_t length = strcspn(text, " ");
        unsigned columns = columns_of(text, length);
        if (!empty && page->width && column + 1 + columns > page->width) {
            break_line(page, rest, look);
            column = columns_of(rest, strlen(rest));
        } else if (!empty) {
            g_string_append_c(page->text, ' ');
            column++;
        }
        put_word(page, text, length, &look);
        column += columns;
        empty = false;
        text += length;
        text += strspn(text, " ");
    }
    g_string_append_c(page->text, '\n');
}

void page_blank(struct page *page)
{
    g_string_append_c(page->text, '\n');
}

const char *page_level_mark(enum level level)
{
    static const char *const marks[LEVELS] = {
        [LEVEL_NOTE] = MARK_NOTE, [LEVEL_WARNING] = MARK_WARNING, [LEVEL_ERROR] = MARK_ERROR};
    return marks[level];
}

void page_add_text(GString *out, const char *text, bool together)
{
    gsize begin = out->len;
    escape_terminal(out, text);
    for (gsize i = begin; together && i < out->len; i++)
        if (out->str[i] == ' ')
            out->str[i] = HARD_SPACE[0];
}

void page_add_scope(GString *out, const struct scope_ref *scope)
{
    page_add_text(out, scope->kind ? scope->kind : "scope", true);
    if (scope->opener) {
        g_string_append(out, " of" HARD_SPACE);
        page_add_text(out, scope->opener, true);
    }
    g_string_append_printf(out, HARD_SPACE "#%" G_GUINT64_FORMAT, scope->id.serial);
}
