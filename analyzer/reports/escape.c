/* SPDX-License-Identifier: MIT */
#include "analyzer/reports/escape.h"

#include <stdbool.h>
#include <string.h>

/* Appends one character in its form for the purpose. */
typedef void (*character_writer)(GString *out, gunichar character);

/* Bytes that are no UTF-8 are spelled \xNN for every purpose. */
static void escape_each(GString *out, const char *text, character_writer write)
{
    const char *end = text ? text + strlen(text) : NULL;
    while (text < end) {
        gunichar character = g_utf8_get_char_validated(text, end - text);
        if (character == (gunichar)-1 || character == (gunichar)-2) {
            g_string_append_printf(out, "\\x%02x", (unsigned char)*text++);
            continue;
        }
        write(out, character);
        text = g_utf8_next_char(text);
    }
}

static void spell(GString *out, gunichar character)
{
    if (character == '\n')
        g_string_append(out, "\\n");
    else if (character == '\t')
        g_string_append(out, "\\t");
    else if (character == '\r')
        g_string_append(out, "\\r");
    else
        g_string_append_printf(out, character < 0x100 ? "\\x%02x" : "\\u%04x", character);
}

/* Controls, characters without a glyph, and those that reorder or hide their neighbours. */
static bool is_invisible(gunichar character)
{
    if (character == 0x200c || character == 0x200d) /* joiners: part of words and emoji */
        return false;
    switch (g_unichar_type(character)) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_UNASSIGNED:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
        return true;
    default:
        return false;
    }
}

static void write_terminal(GString *out, gunichar character)
{
    if (is_invisible(character))
        spell(out, character);
    else
        g_string_append_unichar(out, character);
}

void escape_terminal(GString *out, const char *text)
{
    escape_each(out, text, write_terminal);
}

static void write_xml(GString *out, gunichar character)
{
    static const struct {
        gunichar character;
        const char *entity;
    } entities[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};
    for (size_t i = 0; i < G_N_ELEMENTS(entities); i++)
        if (entities[i].character == character) {
            g_string_append(out, entities[i].entity);
            return;
        }
    if (character != '\n' && is_invisible(character))
        spell(out, character);
    else if (character == 0xfffe || character == 0xffff)
        spell(out, character);
    else
        g_string_append_unichar(out, character);
}

void escape_xml(GString *out, const char *text)
{
    escape_each(out, text, write_xml);
}

/* A backslash before punctuation makes it mean itself; < and & could begin HTML. GitHub and GitLab look for people
 * and issues in what is shown, however @ and # were written: a comment keeps these from what follows. */
static void write_markdown(GString *out, gunichar character)
{
    if (character == '<' || character == '>' || character == '&')
        g_string_append_printf(out, "&#%u;", character);
    else if (character == '@' || character == '#')
        g_string_append_printf(out, "\\%c<!-- -->", character);
    else if (character < 0x80 && g_ascii_ispunct((char)character) && !strchr(".,;:/-'\"()=+%?", (int)character))
        g_string_append_printf(out, "\\%c", (char)character);
    else
        write_terminal(out, character);
}

void escape_markdown(GString *out, const char *text)
{
    escape_each(out, text, write_markdown);
}

static void write_github_message(GString *out, gunichar character)
{
    if (character == '%' || character == '\r' || character == '\n')
        g_string_append_printf(out, "%%%02X", character);
    else
        write_terminal(out, character);
}

void escape_github_message(GString *out, const char *text)
{
    escape_each(out, text, write_github_message);
}

static void write_github_property(GString *out, gunichar character)
{
    if (character == ',' || character == ':')
        g_string_append_printf(out, "%%%02X", character);
    else
        write_github_message(out, character);
}

void escape_github_property(GString *out, const char *text)
{
    escape_each(out, text, write_github_property);
}

char *escape_utf8(const char *text)
{
    return g_utf8_make_valid(text ? text : "", -1);
}

/* Outside of strings there are but spaces and line ends. */
static void write_json(GString *out, gunichar character)
{
    if (character == '\n' || !is_invisible(character))
        g_string_append_unichar(out, character);
    else if (character < 0x10000)
        g_string_append_printf(out, "\\u%04X", character);
    else
        g_string_append_printf(out, "\\u%04X\\u%04X", 0xd7c0 + (character >> 10), 0xdc00 + (character & 0x3ff));
}

void escape_json(GString *out, const char *json)
{
    escape_each(out, json, write_json);
}
