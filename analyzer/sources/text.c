/* SPDX-License-Identifier: MIT */
#include "analyzer/sources/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/sources/decode.h"

#define TEXT_MAGIC "# scopetrace-events"
#define TEXT_FILE_LIMIT (1u << 30)
#define ADDRESS_LIMIT 256u
#define DAMAGE_LIMIT 20u

/* Every coded value has a name of its own, so one table serves all fields. */
struct symbol {
    const char *name;
    uint32_t value;
};
#define SYMBOL(name)                                                                                              \
    {                                                                                                             \
#name, name                                                                                               \
    }
static const struct symbol symbols[] = {
    SYMBOL(RUNTIME_TRACED),
    SYMBOL(RUNTIME_REFUSED),
    SYMBOL(SOURCE_DIRECT),
    SYMBOL(SOURCE_SCOPE),
    SYMBOL(SOURCE_INTERRUPT),
    SYMBOL(SOURCE_SHUTDOWN),
    SYMBOL(EXIT_WITH_NONE),
    SYMBOL(EXIT_WITH_CANCELLED),
    SYMBOL(EXIT_WITH_CANCELLED_GROUP),
    SYMBOL(EXIT_WITH_OTHER),
    SYMBOL(EXIT_WITH_GENERATOR_EXIT),
    SYMBOL(EXIT_PROPAGATED),
    SYMBOL(EXIT_SWALLOWED),
    SYMBOL(EXIT_RAISED_CANCEL),
    SYMBOL(EXIT_RAISED_TIMEOUT),
    SYMBOL(EXIT_RAISED_OTHER),
    SYMBOL(HANDLING_UNKNOWN),
    SYMBOL(HANDLING_EXCEPTION),
    SYMBOL(HANDLING_NOTHING),
    SYMBOL(TASK_OPEN),
    SYMBOL(TASK_FINISHED),
    SYMBOL(TASK_CANCELLED),
    SYMBOL(TASK_FAILED),
    SYMBOL(CANCEL_CALLED),
    SYMBOL(CANCEL_DEADLINE),
    SYMBOL(CANCEL_CHILD),
    SYMBOL(TRAIT_LEVEL_TRIGGERED),
    SYMBOL(TRAIT_HANDS_UP),
    SYMBOL(TRAIT_RAISES_TIMEOUT),
    SYMBOL(TRAIT_RAISES_GROUP),
    SYMBOL(TRAIT_REARMS),
    SYMBOL(TRAIT_TAKES_BACK),
    SYMBOL(TRAIT_GROUP),
    SYMBOL(TRAIT_NO_COUNTER),
    SYMBOL(TRAIT_DESCRIBED),
    SYMBOL(TRAIT_REUSABLE),
    SYMBOL(TRAIT_STOPS_IN_WAIT),
};

/* Not in a trace: what a source says of its own. */
static const struct decode_field lost_fields[] = {
    {"count", DECODE_U64, offsetof(struct event, lost.count), 0},
    {"begin_ns", DECODE_U64, offsetof(struct event, lost.begin_ns), 0},
    {"end_ns", DECODE_U64, offsetof(struct event, lost.end_ns), 0},
};
static const struct decode_event lost_event = {"lost", EVENT_LOST, lost_fields, G_N_ELEMENTS(lost_fields)};

static const struct decode_field host_field = {"host", DECODE_STR, offsetof(struct event, host), 0};

struct parser {
    const char *name; /* of the file, for notes */
    unsigned line;
    const char *at; /* within the line */
    GStringChunk *strings;
    uint64_t addresses[ADDRESS_LIMIT];
    struct source_notes *notes;
    unsigned damaged;
    uint64_t last_ns;
    uint32_t last_tick, last_pid;
    char *host;
};

/* A line with its time, before it is known what else it says. */
struct line {
    uint64_t time_ns;
    uint32_t number;
    const char *text;
};

static void skip_blanks(struct parser *parser)
{
    while (*parser->at == ' ' || *parser->at == '\t')
        parser->at++;
}

static const char *take_word(struct parser *parser, const char *ends)
{
    size_t length = strcspn(parser->at, ends);
    const char *word = g_string_chunk_insert_len(parser->strings, parser->at, (gssize)length);
    parser->at += length;
    return word;
}

/* "…" with \" \\ \n \t \xHH inside. NULL: it does not end, or holds a NUL. */
static const char *take_quoted(struct parser *parser)
{
    GString *text = g_string_new(NULL);
    const char *at = parser->at + 1;
    for (; *at && *at != '"'; at++) {
        if (*at != '\\') {
            g_string_append_c(text, *at);
            continue;
        }
        int high = at[1] == 'x' ? g_ascii_xdigit_value(at[2]) : -1;
        int low = high >= 0 ? g_ascii_xdigit_value(at[3]) : -1;
        if (low >= 0 && high * 16 + low > 0) {
            g_string_append_c(text, (char)(high * 16 + low));
            at += 3;
        } else if (at[1]) {
            at++;
            g_string_append_c(text, *at == 'n' ? '\n' : *at == 't' ? '\t' : *at);
        }
    }
    const char *result = *at == '"' ? g_string_chunk_insert(parser->strings, text->str) : NULL;
    g_string_free(text, TRUE);
    parser->at = *at ? at + 1 : at;
    return result;
}

static bool parse_number(const char *text, uint64_t *ret_value)
{
    char *end;
    errno = 0;
    uint64_t value = g_ascii_strtoull(text, &end, 0);
    if (!g_ascii_isdigit(*text) || *end || errno)
        return false;
    *ret_value = value;
    return true;
}

static bool find_symbol(const char *name, size_t length, uint64_t *ret_value)
{
    for (size_t i = 0; i < G_N_ELEMENTS(symbols); i++)
        if (strlen(symbols[i].name) == length && memcmp(symbols[i].name, name, length) == 0) {
            *ret_value = symbols[i].value;
            return true;
        }
    return false;
}

/* A number, or names of coded values joined by '|'. */
static bool parse_integer(const char *text, uint64_t limit, uint64_t *ret_value)
{
    uint64_t value = 0, part;
    if (parse_number(text, &value)) {
        *ret_value = value;
        return value <= limit;
    }
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, "|");
        if (!find_symbol(at, length, &part))
            return false;
        value |= part;
        at += length;
        if (!*at)
            break;
    }
    *ret_value = value;
    return value <= limit;
}

static bool store_integer(void *target, enum decode_shape shape, const char *text)
{
    static const uint64_t limits[] = {
        [DECODE_U8] = UINT8_MAX, [DECODE_U32] = UINT32_MAX, [DECODE_U64] = UINT64_MAX};
    uint64_t value;
    if (!parse_integer(text, limits[shape], &value))
        return false;
    if (shape == DECODE_U8)
        *(uint8_t *)target = (uint8_t)value;
    else if (shape == DECODE_U32)
        memcpy(target, &(uint32_t){(uint32_t)value}, sizeof(uint32_t));
    else
        memcpy(target, &value, sizeof value);
    return true;
}

static bool store_addresses(struct parser *parser, struct event *event, const struct decode_field *field,
                            const char *text)
{
    uint32_t count = 0;
    char **parts = g_strsplit(text, ",", ADDRESS_LIMIT + 1);
    bool good = true;
    for (char **part = parts; good && *part; part++)
        good = count < ADDRESS_LIMIT && parse_number(*part, &parser->addresses[count++]);
    g_strfreev(parts);
    if (!good)
        return false;
    const uint64_t *addresses = parser->addresses;
    memcpy((char *)event + field->offset, &addresses, sizeof addresses);
    memcpy((char *)event + field->count_offset, &count, sizeof count);
    return true;
}

static bool store(struct parser *parser, struct event *event, const struct decode_field *field, const char *text)
{
    char *target = (char *)event + field->offset;
    char *end;
    double value;
    switch (field->shape) {
    case DECODE_STR:
        memcpy(target, &text, sizeof text);
        return true;
    case DECODE_F64:
        value = g_ascii_strtod(text, &end);
        memcpy(target, &value, sizeof value);
        return end != text && !*end;
    case DECODE_ADDRS:
        return store_addresses(parser, event, field, text);
    default:
        return store_integer(target, field->shape, text);
    }
}

static const struct decode_field *find_field(const struct decode_event *decode, const char *name)
{
    for (size_t i = 0; i < decode->count; i++)
        if (strcmp(decode->fields[i].name, name) == 0)
            return &decode->fields[i];
    for (size_t i = 0; i < decode_common_count; i++)
        if (strcmp(decode_common[i].name, name) == 0)
            return &decode_common[i];
    return strcmp(name, host_field.name) == 0 ? &host_field : NULL;
}

static void damage(struct parser *parser, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void damage(struct parser *parser, const char *format, ...)
{
    if (++parser->damaged > DAMAGE_LIMIT || !parser->notes)
        return;
    va_list arguments;
    va_start(arguments, format);
    char *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_ptr_array_add(parser->notes->damage, g_strdup_printf("%s:%u: %s.", parser->name, parser->line, what));
    g_free(what);
}

/* name=value */
static bool parse_field(struct parser *parser, const struct decode_event *decode, struct event *event)
{
    const char *name = take_word(parser, " \t=");
    const struct decode_field *field = find_field(decode, name);
    if (*parser->at != '=') {
        damage(parser, "'%s' has no value", name);
        return false;
    }
    parser->at++;
    const char *value = *parser->at == '"' ? take_quoted(parser) : take_word(parser, " \t");
    /* A field of a newer version, as in a binary trace. */
    if (!field && value)
        return true;
    if (!value || !store(parser, event, field, value)) {
        damage(parser, "'%s' has a value that does not fit", name);
        return false;
    }
    return true;
}

/* Told once, true until told otherwise: pid, tick and host. */
static void inherit(struct parser *parser, struct event *event)
{
    event->pid = parser->last_pid;
    event->tid = 0;
    event->tick = parser->last_tick;
    event->host = parser->host;
}

static void remember(struct parser *parser, const struct event *event)
{
    parser->last_pid = event->pid;
    parser->last_tick = event->tick;
    if (strcmp(parser->host, event->host) != 0) {
        char *host = g_strdup(event->host);
        g_free(parser->host);
        parser->host = host;
    }
}

static bool parse_event(struct parser *parser, const struct line *line, struct event *ret_event)
{
    parser->line = line->number;
    parser->at = line->text;
    g_string_chunk_clear(parser->strings);
    const char *name = take_word(parser, " \t");
    const struct decode_event *decode = strcmp(name, "lost") == 0 ? &lost_event : decode_find(name);
    if (!decode) {
        damage(parser, "no event is called '%s'", name);
        return false;
    }
    decode_prepare(decode, ret_event);
    inherit(parser, ret_event);
    for (skip_blanks(parser); *parser->at; skip_blanks(parser))
        if (!parse_field(parser, decode, ret_event))
            return false;
    ret_event->time_ns = line->time_ns;
    if (!ret_event->tid)
        ret_event->tid = ret_event->pid;
    remember(parser, ret_event);
    return true;
}

/* "TIME event …", TIME in nanoseconds or +NS since the line before. */
static bool parse_time(struct parser *parser, struct line *line)
{
    parser->line = line->number;
    parser->at = line->text;
    skip_blanks(parser);
    bool relative = *parser->at == '+';
    parser->at += relative;
    uint64_t value;
    if (!parse_number(take_word(parser, " \t"), &value)) {
        damage(parser, "the line does not begin with a time");
        return false;
    }
    skip_blanks(parser);
    line->time_ns = parser->last_ns = relative ? parser->last_ns + value : value;
    line->text = parser->at;
    return true;
}

static gint by_time(gconstpointer a, gconstpointer b)
{
    const struct line *x = a, *y = b;
    return x->time_ns < y->time_ns ? -1 : x->time_ns > y->time_ns;
}

/* Cuts text into lines; comments and empty lines are none. */
static GArray *split_lines(struct parser *parser, char *text)
{
    GArray *lines = g_array_new(FALSE, FALSE, sizeof(struct line));
    uint32_t number = 0;
    for (char *at = text, *next; at; at = next) {
        next = strchr(at, '\n');
        if (next)
            *next++ = '\0';
        size_t length = strlen(at);
        if (length > 0 && at[length - 1] == '\r')
            at[length - 1] = '\0';
        struct line line = {.number = ++number, .text = at};
        g_string_chunk_clear(parser->strings);
        if (at[strspn(at, " \t")] != '\0' && at[strspn(at, " \t")] != '#' && parse_time(parser, &line))
            g_array_append_val(lines, line);
    }
    g_array_sort(lines, by_time);
    return lines;
}

static gboolean read_lines(struct parser *parser, char *text, event_handler handler, void *context, GError **error)
{
    GArray *lines = split_lines(parser, text);
    guint good = 0;
    struct event event;
    for (guint i = 0; i < lines->len; i++)
        if (parse_event(parser, &g_array_index(lines, struct line, i), &event)) {
            handler(context, &event);
            good++;
        }
    g_array_unref(lines);
    if (good == 0 && parser->damaged > 0) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    "%s holds no event that could be read: is it a file of text events?", parser->name);
        return FALSE;
    }
    return TRUE;
}

gboolean text_read(const char *text, size_t length, const char *name, event_handler handler, void *context,
                   struct source_notes *notes, GError **error)
{
    struct parser *parser = g_new0(struct parser, 1);
    parser->name = name;
    parser->notes = notes;
    parser->strings = g_string_chunk_new(1024);
    parser->host = g_strdup("");
    parser->last_pid = 1;
    char *copy = g_malloc(length + 1);
    memcpy(copy, text, length);
    copy[length] = '\0';
    /* What follows a NUL byte is no text. */
    gboolean good = read_lines(parser, copy, handler, context, error);
    g_free(copy);
    g_free(parser->host);
    g_string_chunk_free(parser->strings);
    g_free(parser);
    return good;
}

static gboolean text_recognizes(const char *path)
{
    char start[sizeof TEXT_MAGIC - 1];
    if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
        return FALSE;
    FILE *file = fopen(path, "re");
    if (!file)
        return FALSE;
    size_t count = fread(start, 1, sizeof start, file);
    fclose(file);
    return count == sizeof start && memcmp(start, TEXT_MAGIC, sizeof start) == 0;
}

/* One file after the other: each tells its own history, of its own processes. */
static gboolean text_read_files(const char *const *paths, event_handler handler, void *context,
                                struct source_notes *notes, GError **error)
{
    gboolean good = TRUE;
    for (const char *const *path = paths; good && *path; path++) {
        GMappedFile *file = g_mapped_file_new(*path, FALSE, error);
        if (!file) {
            g_prefix_error(error, "cannot read %s: ", *path);
            return FALSE;
        }
        size_t length = g_mapped_file_get_length(file);
        if (length <= TEXT_FILE_LIMIT)
            good = text_read(g_mapped_file_get_contents(file), length, *path, handler, context, notes, error);
        else
            g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOSPC, "%s is too large for text events", *path),
                good = FALSE;
        g_mapped_file_unref(file);
    }
    return good;
}

const struct source_ops text_source = {
    .name = "text",
    .recognizes = text_recognizes,
    .read = text_read_files,
};
