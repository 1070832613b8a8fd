/* SPDX-License-Identifier: MIT */
#include "analyzer/policy/suppressions.h"

#include <string.h>

#include "analyzer/core/place.h"
#include "analyzer/core/rule.h"
#include "analyzer/policy/patterns.h"
#include "analyzer/policy/policy_error.h"

struct entry {
    char *title, *origin; /* origin: "file:line" */
    struct pattern *pattern;
    uint64_t findings, instances; /* suppressed */
};

struct suppressions {
    GPtrArray *entries; /* struct entry * */
};

static void entry_free(void *data)
{
    struct entry *entry = data;
    pattern_free(entry->pattern);
    g_free(entry->title);
    g_free(entry->origin);
    g_free(entry);
}

struct suppressions *suppressions_new(void)
{
    struct suppressions *suppressions = g_new0(struct suppressions, 1);
    suppressions->entries = g_ptr_array_new_with_free_func(entry_free);
    return suppressions;
}

void suppressions_free(struct suppressions *suppressions)
{
    if (!suppressions)
        return;
    g_ptr_array_unref(suppressions->entries);
    g_free(suppressions);
}

/* ---- reading ---- */

/* Where the reader stands in a file. */
struct reader {
    struct suppressions *suppressions;
    const char *name;
    guint line;
    struct entry *entry; /* within braces; NULL: outside */
};

static gboolean fail(const struct reader *reader, const char *what, const char *text, GError **error)
{
    return policy_fail(error, "%s:%u: %s: %s", reader->name, reader->line, text, what);
}

static struct entry *entry_new(const struct reader *reader)
{
    struct entry *entry = g_new0(struct entry, 1);
    entry->origin = g_strdup_printf("%s:%u", reader->name, reader->line);
    entry->pattern = pattern_new();
    return entry;
}

static gboolean close_entry(struct reader *reader, const char *text, GError **error)
{
    if (!reader->entry->title || pattern_is_empty(reader->entry->pattern))
        return fail(reader, "the entry has no conditions; a title and conditions are wanted", text, error);
    g_ptr_array_add(reader->suppressions->entries, g_steal_pointer(&reader->entry));
    return TRUE;
}

static gboolean read_condition(const struct reader *reader, char *text, GError **error)
{
    char *colon = strchr(text, ':');
    if (g_str_equal(text, "..."))
        return pattern_next_frame(reader->entry->pattern) ||
               fail(reader, "no function, file, module or package before it", text, error);
    if (!colon)
        return fail(reader, "no condition; write KEY:PATTERN", text, error);
    *colon = '\0';
    return pattern_add(reader->entry->pattern, g_strchomp(text), g_strchug(colon + 1)) ||
           fail(reader, "unknown key; use one of " PATTERN_KEYS, text, error);
}

static gboolean read_inside(struct reader *reader, char *text, GError **error)
{
    if (g_str_equal(text, "}"))
        return close_entry(reader, text, error);
    if (reader->entry->title)
        return read_condition(reader, text, error);
    reader->entry->title = g_strdup(text);
    return TRUE;
}

/* RULE:PATTERN */
static gboolean read_outside(struct reader *reader, char *text, GError **error)
{
    char *colon = strchr(text, ':');
    if (!colon)
        return fail(reader, "neither an entry in braces nor RULE:PATTERN", text, error);
    struct entry *entry = entry_new(reader);
    entry->title = g_strdup(text);
    *colon = '\0';
    pattern_add(entry->pattern, "rule", g_strchomp(text));
    pattern_add(entry->pattern, PATTERN_ANYWHERE, g_strchug(colon + 1));
    g_ptr_array_add(reader->suppressions->entries, entry);
    return TRUE;
}

static gboolean read_line(struct reader *reader, char *text, GError **error)
{
    if (text[0] == '\0' || text[0] == '#')
        return TRUE;
    if (reader->entry)
        return read_inside(reader, text, error);
    if (!g_str_equal(text, "{"))
        return read_outside(reader, text, error);
    reader->entry = entry_new(reader);
    return TRUE;
}

gboolean suppressions_parse(struct suppressions *suppressions, const char *name, const char *text, GError **error)
{
    struct reader reader = {.suppressions = suppressions, .name = name};
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_auto(GStrv) lines = g_strsplit(valid, "\n", -1);
    gboolean good = TRUE;
    for (char **line = lines; good && *line; line++) {
        reader.line++;
        good = read_line(&reader, g_strstrip(*line), error);
    }
    if (good && reader.entry)
        good = policy_fail(error, "%s: the entry is not closed with }", reader.entry->origin);
    g_clear_pointer(&reader.entry, entry_free);
    return good;
}

/* ---- applying ---- */

const char *suppressions_match(struct suppressions *suppressions, const struct finding *finding, const char *root)
{
    for (guint i = 0; i < suppressions->entries->len; i++) {
        struct entry *entry = g_ptr_array_index(suppressions->entries, i);
        if (!pattern_fits(entry->pattern, finding, root))
            continue;
        entry->findings++;
        entry->instances += MAX(finding->count, 1);
        return entry->title;
    }
    return NULL;
}

void suppressions_report(const struct suppressions *suppressions, GPtrArray *remarks)
{
    for (guint i = 0; i < suppressions->entries->len; i++) {
        const struct entry *entry = g_ptr_array_index(suppressions->entries, i);
        char *remark = entry->findings
                           ? g_strdup_printf("suppressed %" G_GUINT64_FORMAT " finding%s (%" G_GUINT64_FORMAT
                                             " in all): %s (%s)",
                                             entry->findings, entry->findings == 1 ? "" : "s", entry->instances,
                                             entry->title, entry->origin)
                           : g_strdup_printf("unused suppression: %s (%s)", entry->title, entry->origin);
        g_ptr_array_add(remarks, remark);
    }
}

/* ---- making ---- */

/* On one line, without what the reader would take for something else. */
static void add_line(GString *text, const char *key, const char *pattern)
{
    g_autofree char *valid = g_utf8_make_valid(pattern, -1);
    g_string_append_printf(text, "   %s:", key);
    for (const char *at = valid; *at; at = g_utf8_next_char(at)) {
        const gunichar character = g_utf8_get_char(at);
        const bool trimmed = character == ' ' && (at == valid || at[1] == '\0');
        g_string_append_unichar(text, trimmed || g_unichar_iscntrl(character) ? '?' : character);
    }
    g_string_append_c(text, '\n');
}

/* The project's own files as reports name them, others so that they are found on another machine. */
static char *file_pattern(const struct stack_frame *frame, const struct finding *finding, const char *root)
{
    g_autofree char *path = place_relative(frame->file, finding->process, root);
    const char *part = place_library_part(path, frame->origin, finding->process);
    if (!part && path[0] == '/')
        part = strrchr(path, '/') + 1;
    return part ? g_strconcat("*/", part, NULL) : g_steal_pointer(&path);
}

char *suppressions_entry_for(const struct finding *finding, const char *root)
{
    const struct stack_frame *frame = place_of_finding(finding);
    GString *text = g_string_new("{\n");
    g_string_append_printf(text, "   %s: say here why this is accepted\n", finding->rule->name);
    add_line(text, "rule", finding->rule->name);
    if (finding->scope.kind)
        add_line(text, "scope", finding->scope.kind);
    if (frame) {
        g_autofree char *file = file_pattern(frame, finding, root);
        add_line(text, "function", frame->function ? frame->function : "*");
        add_line(text, "file", file);
    } else {
        add_line(text, "fingerprint", finding->fingerprint ? finding->fingerprint : "*");
    }
    g_string_append(text, "}\n");
    return g_string_free(text, FALSE);
}
