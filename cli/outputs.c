/* SPDX-License-Identifier: MIT */
#include "cli/outputs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/reports/format.h"
#include "cli/error.h"
#include "cli/rule_pages.h"
#include "cli/terminal.h"

struct output {
    const struct report_format *format;
    FILE *file;
    char *path; /* NULL: the fallback, not ours to close */
};

struct outputs {
    const struct settings *settings;
    const char *root;
    FILE *fallback;
    GArray *list; /* struct output */
};

static void clear_output(void *data)
{
    struct output *output = data;
    if (output->path && output->file)
        fclose(output->file);
    g_free(output->path);
}

/* Emptied now, written to at its end: the program may add to it meanwhile (a job's summary), and two formats may
 * share it. */
static FILE *open_emptied(const char *path)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
    return fd < 0 ? NULL : fdopen(fd, "a");
}

static bool is_standard_output(const char *path)
{
    return g_str_equal(path, "-");
}

static gboolean open_file(struct output *output, const char *path, FILE *fallback, GError **error)
{
    if (!path) {
        output->file = fallback;
        return TRUE;
    }
    output->file = is_standard_output(path) ? fdopen(dup(STDOUT_FILENO), "w") : open_emptied(path);
    output->path = g_strdup(path);
    if (output->file)
        return TRUE;
    if (is_standard_output(path))
        return cli_fail(error, "standard output: the report cannot be written: it is closed");
    return cli_fail(error, "%s: the report cannot be written: %s; choose another file", path, g_strerror(errno));
}

static gboolean unknown_format(const char *text, GError **error)
{
    g_autoptr(GString) names = g_string_new(NULL);
    for (const struct report_format *format = report_formats; format->name; format++)
        g_string_append_printf(names, "%s%s", names->len ? ", " : "", format->name);
    return cli_fail(error, "--format: %s is no format; use one of %s", text, names->str);
}

/* FORMAT or FORMAT=FILE */
static gboolean add_output(struct outputs *outputs, const char *text, GError **error)
{
    const char *equals = strchr(text, '=');
    g_autofree char *name = equals ? g_strndup(text, (gsize)(equals - text)) : g_strdup(text);
    struct output output = {.format = report_format_find(name)};
    if (!output.format)
        return unknown_format(*name ? name : text, error);
    if (equals && !equals[1])
        return cli_fail(error, "--format: %s has no file; write %sFILE, or %s alone", text, text, name);
    const gboolean opened =
        open_file(&output, equals ? equals + 1 : outputs->settings->report_file, outputs->fallback, error);
    g_array_append_val(outputs->list, output);
    return opened;
}

/* Each format has a file of its own. */
static bool all_have_files(const GPtrArray *formats)
{
    for (guint i = 0; i < formats->len; i++)
        if (!strchr(formats->pdata[i], '='))
            return false;
    return true;
}

static gboolean open_all(struct outputs *outputs, GError **error)
{
    const GPtrArray *formats = outputs->settings->formats;
    for (guint i = 0; i < formats->len; i++)
        if (!add_output(outputs, formats->pdata[i], error))
            return options_blame("format", outputs->settings, error);
    if (formats->len && (!outputs->settings->report_file || !all_have_files(formats)))
        return TRUE;
    return add_output(outputs, "text", error) || options_blame("report", outputs->settings, error);
}

struct outputs *outputs_open(const struct settings *settings, const char *root, FILE *fallback, GError **error)
{
    struct outputs *outputs = g_new0(struct outputs, 1);
    *outputs = (struct outputs){settings, root, fallback, g_array_new(FALSE, TRUE, sizeof(struct output))};
    g_array_set_clear_func(outputs->list, clear_output);
    if (open_all(outputs, error))
        return outputs;
    outputs_free(outputs);
    return NULL;
}

void outputs_free(struct outputs *outputs)
{
    if (!outputs)
        return;
    g_array_unref(outputs->list);
    g_free(outputs);
}

bool outputs_show_tree(const struct outputs *outputs)
{
    for (guint i = 0; i < outputs->list->len; i++)
        if (g_array_index(outputs->list, struct output, i).format->tree)
            return true;
    return false;
}

static bool may_colour(const struct settings *settings, int fd)
{
    const char *refused = g_getenv("NO_COLOR");
    return !settings->no_color && !(refused && *refused) && terminal_obeys(fd);
}

static struct report_style style_for(const struct outputs *outputs, const struct output *output)
{
    const struct settings *settings = outputs->settings;
    const int fd = fileno(output->file);
    return (struct report_style){
        .width = terminal_width(fd),
        .colour = may_colour(settings, fd),
        .tree = settings->tree != 0,
        .strict = settings->strict != 0,
        .verbosity = settings->quiet ? -1 : settings->verbose,
        .root = outputs->root,
        .rule_page = rule_page_text,
    };
}

static gboolean write_one(const struct outputs *outputs, const struct output *output, const struct report *report,
                          GError **error)
{
    const struct report_style style = style_for(outputs, output);
    GError *cause = NULL;
    if (output->format->write(report, &style, output->file, &cause)) {
        if (fflush(output->file) == 0)
            return TRUE;
        cli_fail(&cause, "the report cannot be written: %s", g_strerror(errno));
    }
    const bool file = output->path && !is_standard_output(output->path);
    g_propagate_prefixed_error(error, cause, "%s: ", file ? output->path : "standard output");
    return FALSE;
}

gboolean outputs_write(const struct outputs *outputs, const struct report *report, bool files_only, bool told,
                       GError **error)
{
    for (guint i = 0; i < outputs->list->len; i++) {
        const struct output *output = &g_array_index(outputs->list, struct output, i);
        const bool left_out = (files_only && !output->path) || (told && output->format->write_finding);
        if (!left_out && !write_one(outputs, output, report, error))
            return FALSE;
    }
    return TRUE;
}

gboolean outputs_tell(const struct outputs *outputs, const struct finding *finding, GError **error)
{
    for (guint i = 0; i < outputs->list->len; i++) {
        const struct output *output = &g_array_index(outputs->list, struct output, i);
        const struct report_style style = style_for(outputs, output);
        if (!output->format->write_finding)
            continue;
        if (!output->format->write_finding(finding, &style, output->file, error))
            return FALSE;
        if (fflush(output->file) != 0)
            return cli_fail(error, "%s", g_strerror(errno));
    }
    return TRUE;
}
