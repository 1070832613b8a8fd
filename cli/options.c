/* SPDX-License-Identifier: MIT */
#include "cli/options.h"

#include <stdarg.h>
#include <string.h>

#include "cli/error.h"
#include "cli/guess.h"

static const char *const levels[] = {"note", "warning", "error", "never", NULL};
static const char *const buffers[] = {"uid", "pid", NULL};
static const char *const scopes[] = {"all", "lazy", NULL};

#define AT(member) offsetof(struct settings, member)

/* clang-format off */
const struct option_spec option_specs[] = {
    {'o', "trace-dir", "DIR", "keep the trace in DIR, which must be new or empty",
     OPTION_TEXT, OPTIONS_SESSION | OPTIONS_SNAPSHOT, AT(trace_dir), NULL},
    {0, "flight-recorder", "SIZE", "keep only the newest events, in SIZE (16M) of memory on all CPUs together",
     OPTION_SIZE, OPTIONS_SESSION, AT(flight_recorder), NULL},
    {0, "snapshot-on", "CONDITION", "read the flight recorder out when a counter reaches N (counter=N), or at a storm",
     OPTION_LIST, OPTIONS_SESSION, AT(snapshot_on), NULL},
    {0, "rotate", "SIZE|TIME", "record in chunks of SIZE (64M), or one per TIME (30s, 15m, 1h): folders in DIR/archives",
     OPTION_TEXT, OPTIONS_ROTATE, AT(rotate), NULL},
    {0, "keep", "N", "keep the newest N chunks that are over, and remove older ones",
     OPTION_TEXT, OPTIONS_ROTATE, AT(keep), NULL},
    {0, "lossless", NULL, "let the program wait, up to a limit, rather than lose events",
     OPTION_FLAG, OPTIONS_SESSION | OPTIONS_FILE, AT(lossless), NULL},
    {0, "buffers", "uid|pid", "one set of trace buffers per user (default) or per process",
     OPTION_CHOICE, OPTIONS_SESSION | OPTIONS_FILE, AT(buffers), buffers},
    {0, "buffer-size", "SIZE", "trace buffers of SIZE (32k or more, to the next power of two) per CPU, not as free memory suggests",
     OPTION_SIZE, OPTIONS_SESSION | OPTIONS_FILE, AT(buffer_size), NULL},
    {0, "scopes", "all|lazy", "record every scope (default of run, record) or only those that something happens to",
     OPTION_CHOICE, OPTIONS_SESSION | OPTIONS_FILE, AT(scopes), scopes},
    {0, "native", NULL, "record the native stack of each cancel too",
     OPTION_FLAG, OPTIONS_SESSION | OPTIONS_FILE, AT(native), NULL},
    {0, "providers", "FILE", "trace the scope classes that FILE describes, too; may be given several times",
     OPTION_INPUTS, OPTIONS_SESSION | OPTIONS_FILE, AT(providers), NULL},
    {0, "stream", "URL", "send the trace to an lttng-relayd, too: net://HOST[:CONTROL-PORT[:DATA-PORT]][/PATH]",
     OPTION_TEXT, OPTIONS_SESSION | OPTIONS_FILE, AT(stream), NULL},
    {'d', "duration", "TIME", "end after TIME (20, 90s, 5m, 500ms) instead of at Ctrl-C",
     OPTION_TEXT, OPTIONS_ATTACH, AT(duration), NULL},
    {0, "buffer-dir", "DIR", "take the trace buffers from DIR: what was given to lttng create --shm-path, or a copy of it",
     OPTION_TEXT, OPTIONS_RECOVER, AT(buffer_dir), NULL},
    {0, "core", "FILE", "report what the memory of a process shows that died: its core file",
     OPTION_TEXT, OPTIONS_RECOVER, AT(core), NULL},
    {0, "trace", "DIR", "with --core: its trace, if there is one",
     OPTION_TEXT, OPTIONS_RECOVER, AT(trace), NULL},
    {0, "json", NULL, "write JSON",
     OPTION_FLAG, OPTIONS_PS, AT(json), NULL},
    {'f', "format", "FORMAT[=FILE]", "how the report is written, and where to; may be given several times",
     OPTION_LIST, OPTIONS_REPORT | OPTIONS_FILE, AT(formats), NULL},
    {'r', "report", "FILE", "write the report to FILE, \"-\" for standard output",
     OPTION_TEXT, OPTIONS_REPORT | OPTIONS_FILE, AT(report_file), NULL},
    {0, "fail-on", "error|warning|note|never", "the lowest level that gives exit status 1 (default error)",
     OPTION_CHOICE, OPTIONS_REPORT | OPTIONS_FILE, AT(fail_on), levels},
    {0, "fail-on-loss", NULL, "exit status 2 when events were lost, or cannot be read",
     OPTION_FLAG, OPTIONS_REPORT | OPTIONS_FILE, AT(fail_on_loss), NULL},
    {0, "rule", "RULE=off|LEVEL", "do not report RULE, or report it at LEVEL; may be given several times",
     OPTION_LIST, OPTIONS_REPORT, AT(rules), NULL},
    {0, "baseline", "FILE", "accept the findings that FILE lists",
     OPTION_INPUT, OPTIONS_REPORT | OPTIONS_FILE, AT(baseline), NULL},
    {0, "write-baseline", NULL, "write the findings to the --baseline FILE; they give no exit status 1",
     OPTION_FLAG, OPTIONS_REPORT, AT(write_baseline), NULL},
    {0, "suppressions", "FILE", "leave out findings that fit a pattern in FILE; may be given several times",
     OPTION_INPUTS, OPTIONS_REPORT | OPTIONS_FILE, AT(suppressions), NULL},
    {0, "gen-suppressions", NULL, "print an entry for a suppressions file per finding",
     OPTION_FLAG, OPTIONS_REPORT, AT(gen_suppressions), NULL},
    {0, "config", "FILE", "read FILE instead of scopetrace.toml, or pyproject.toml, of the working directory",
     OPTION_TEXT, OPTIONS_REPORT | OPTIONS_SESSION, AT(config), NULL},
    {0, "debug-dir", "DIR", "look for the libraries and debug files of --native stacks in DIR; may be given several times",
     OPTION_INPUTS, OPTIONS_REPORT | OPTIONS_FILE, AT(debug_dirs), NULL},
    {0, "strict", NULL, "list direct requests too: calls of Task.cancel() that no scope made",
     OPTION_FLAG, OPTIONS_REPORT | OPTIONS_FILE, AT(strict), NULL},
    {0, "tree", NULL, "show the scope tree of every task",
     OPTION_FLAG, OPTIONS_REPORT | OPTIONS_FILE, AT(tree), NULL},
    {0, "allow-empty", NULL, "exit status 0 for a program that never used asyncio",
     OPTION_FLAG, OPTIONS_PROGRAM | OPTIONS_FILE, AT(allow_empty), NULL},
    {0, "no-color", NULL, "no colours, even on a terminal (as NO_COLOR in the environment)",
     OPTION_FLAG, OPTIONS_REPORT | OPTIONS_SESSION | OPTIONS_FILE, AT(no_color), NULL},
    {'q', "quiet", NULL, "errors alone; findings, where there are any, without their story",
     OPTION_FLAG, OPTIONS_GLOBAL, AT(quiet), NULL},
    {'v', "verbose", NULL, "whole stacks, what is folded otherwise, and how it goes",
     OPTION_COUNT, OPTIONS_GLOBAL, AT(verbose), NULL},
    {'h', "help", NULL, "show this help",
     OPTION_FLAG, OPTIONS_GLOBAL, AT(help), NULL},
    {0, "version", NULL, "show the version",
     OPTION_FLAG, OPTIONS_GLOBAL, AT(version), NULL},
    {0, NULL, NULL, NULL, OPTION_FLAG, 0, 0, NULL},
};
/* clang-format on */

void settings_init(struct settings *settings)
{
    *settings = (struct settings){.strings = g_string_chunk_new(256),
                                  .fail_on = LEVEL_ERROR,
                                  .scopes = SCOPES_UNSAID,
                                  .formats = g_ptr_array_new(),
                                  .rules = g_ptr_array_new(),
                                  .snapshot_on = g_ptr_array_new(),
                                  .suppressions = g_ptr_array_new(),
                                  .providers = g_ptr_array_new(),
                                  .debug_dirs = g_ptr_array_new()};
}

void settings_clear(struct settings *settings)
{
    g_clear_pointer(&settings->formats, g_ptr_array_unref);
    g_clear_pointer(&settings->rules, g_ptr_array_unref);
    g_clear_pointer(&settings->snapshot_on, g_ptr_array_unref);
    g_clear_pointer(&settings->suppressions, g_ptr_array_unref);
    g_clear_pointer(&settings->providers, g_ptr_array_unref);
    g_clear_pointer(&settings->debug_dirs, g_ptr_array_unref);
    g_clear_pointer(&settings->strings, g_string_chunk_free);
}

static gboolean choose(const struct option_spec *option, const char *value, int *ret, GError **error)
{
    for (int i = 0; option->choices[i]; i++)
        if (g_str_equal(option->choices[i], value)) {
            *ret = i;
            return TRUE;
        }
    return cli_fail(error, "--%s: %s is not possible; use one of %s", option->name, value, option->argument);
}

gboolean options_size(const char *value, uint64_t *ret)
{
    static const char units[] = "kMG";
    const uint64_t most = UINT64_C(1) << 40;
    if (!g_ascii_isdigit(value[0]))
        return FALSE;
    char *end;
    const uint64_t size = g_ascii_strtoull(value, &end, 10);
    const char *unit = *end ? strchr(units, *end) : NULL;
    const int bits = unit ? 10 * (int)(unit - units + 1) : 0;
    if (size == 0 || size > most >> bits || end[unit != NULL])
        return FALSE;
    *ret = size << bits;
    return TRUE;
}

static gboolean measure(const struct option_spec *option, const char *value, uint64_t *ret, GError **error)
{
    return options_size(value, ret) ||
           cli_fail(error, "--%s: %s is no size; write 512k, 16M or 1G", option->name, value);
}

static uint64_t bit_of(const struct option_spec *option)
{
    return UINT64_C(1) << (option - option_specs);
}

gboolean options_given(const struct option_spec *option, const struct settings *settings)
{
    return (settings->given & bit_of(option)) != 0;
}

gboolean options_blame(const char *name, const struct settings *settings, GError **error)
{
    if (settings->file && !options_given(option_find(name, ~0u), settings))
        g_prefix_error(error, "%s: ", settings->file);
    return FALSE;
}

static gboolean G_GNUC_PRINTF(2, 3) misused(GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error_literal(error, cli_error_quark(), CLI_ERROR_USAGE, text);
    return FALSE;
}

static gboolean store_value(const struct option_spec *option, const char *value, void *place, GError **error)
{
    if (!*value)
        return misused(error, "--%s: is empty; give it %s", option->name, option->argument);
    switch (option->type) {
    case OPTION_FLAG:
    case OPTION_COUNT:
        break;
    case OPTION_TEXT:
    case OPTION_INPUT:
        *(const char **)place = value;
        return TRUE;
    case OPTION_LIST:
    case OPTION_INPUTS:
        g_ptr_array_add(*(GPtrArray **)place, (char *)value);
        return TRUE;
    case OPTION_CHOICE:
        return choose(option, value, place, error);
    case OPTION_SIZE:
        return measure(option, value, place, error);
    }
    return FALSE;
}

gboolean options_store(const struct option_spec *option, const char *value, struct settings *settings,
                       GError **error)
{
    void *place = (char *)settings + option->offset;
    if (value)
        return store_value(option, value, place, error);
    *(int *)place = option->type == OPTION_COUNT ? *(int *)place + 1 : 1;
    return TRUE;
}

/* Of the command line. */
static gboolean store(const struct option_spec *option, const char *value, struct settings *settings,
                      GError **error)
{
    settings->given |= bit_of(option);
    return options_store(option, value, settings, error);
}

static const struct option_spec *find_long(const char *name, size_t length, unsigned groups)
{
    for (const struct option_spec *option = option_specs; option->name; option++)
        if ((option->groups & groups) && strlen(option->name) == length && memcmp(option->name, name, length) == 0)
            return option;
    return NULL;
}

const struct option_spec *option_find(const char *name, unsigned groups)
{
    return find_long(name, strlen(name), groups);
}

static const struct option_spec *find_short(char name, unsigned groups)
{
    for (const struct option_spec *option = option_specs; option->name; option++)
        if ((option->groups & groups) && option->short_name == name)
            return option;
    return NULL;
}

/* Where the parser stands: arguments[0] is the next one. */
struct cursor {
    char **arguments;
    unsigned groups;
    struct settings *settings;
};

static gboolean take_value(struct cursor *cursor, const struct option_spec *option, const char *attached,
                           GError **error)
{
    const char *value = attached ? attached : *cursor->arguments;
    if (!value)
        return misused(error, "--%s: no %s given", option->name, option->argument);
    if (!attached)
        cursor->arguments++;
    return store(option, value, cursor->settings, error);
}

char *options_hint(const char *name, gsize length, unsigned groups, const char *prefix)
{
    struct guess guess = guess_begin(name, length);
    for (const struct option_spec *option = option_specs; option->name; option++)
        if (option->groups & groups)
            guess_consider(&guess, option->name);
    return guess_hint(&guess, prefix);
}

/* Debuggers and profilers are given a process by one; we are not. */
static gboolean names_process(const char *name, size_t length, unsigned groups)
{
    return (groups & (OPTIONS_ATTACH | OPTIONS_PS | OPTIONS_SNAPSHOT)) &&
           ((length == 1 && *name == 'p') || (length == 3 && memcmp(name, "pid", 3) == 0));
}

/* dashes: those that it was given with */
static gboolean unknown_option(const char *dashes, const char *name, size_t length, unsigned groups,
                               GError **error)
{
    const gboolean elsewhere = length == 1 ? find_short(*name, ~0u) != NULL : find_long(name, length, ~0u) != NULL;
    g_autofree char *hint = names_process(name, length, groups) ? g_strdup(": the PID stands by itself")
                            : elsewhere                         ? g_strdup(" of this command")
                                                                : options_hint(name, length, groups, "--");
    return misused(error, "%s%.*s: unknown option%s", dashes, (int)length, name, hint);
}

static gboolean take_long(struct cursor *cursor, const char *text, GError **error)
{
    const char *equals = strchr(text, '=');
    const size_t length = equals ? (size_t)(equals - text) : strlen(text);
    const struct option_spec *option = find_long(text, length, cursor->groups);
    if (!option)
        return unknown_option("--", text, length, cursor->groups, error);
    if (option->argument)
        return take_value(cursor, option, equals ? equals + 1 : NULL, error);
    if (equals)
        return misused(error, "--%s: takes no value", option->name);
    return store(option, NULL, cursor->settings, error);
}

static gboolean take_short(struct cursor *cursor, const char *text, GError **error)
{
    for (; *text; text++) {
        const struct option_spec *option = find_short(*text, cursor->groups);
        if (!option)
            return unknown_option("-", text, 1, cursor->groups, error);
        if (option->argument)
            return take_value(cursor, option, text[1] ? text + 1 : NULL, error);
        if (!store(option, NULL, cursor->settings, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean take_option(struct cursor *cursor, GError **error)
{
    const char *text = *cursor->arguments++;
    return text[1] == '-' ? take_long(cursor, text + 2, error) : take_short(cursor, text + 1, error);
}

char **options_parse(char **arguments, unsigned groups, gboolean until_operand, struct settings *settings,
                     GError **error)
{
    struct cursor cursor = {arguments, groups, settings};
    g_autoptr(GPtrArray) operands = g_ptr_array_new();
    while (*cursor.arguments) {
        const char *text = *cursor.arguments;
        if (g_str_equal(text, "--")) {
            cursor.arguments++;
            break;
        }
        if (text[0] == '-' && text[1]) {
            if (!take_option(&cursor, error))
                return NULL;
        } else if (until_operand) {
            break;
        } else {
            g_ptr_array_add(operands, *cursor.arguments++);
        }
    }
    for (; *cursor.arguments; cursor.arguments++)
        g_ptr_array_add(operands, *cursor.arguments);
    g_ptr_array_add(operands, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&operands), FALSE);
}
