/* SPDX-License-Identifier: MIT */
#include "cli/tracing.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/config/providers.h"
#include "cli/error.h"
#include "cli/install.h"
#include "cli/message.h"
#include "cli/program.h"
#include "cli/recorder.h"
#include "cli/session/folder.h"

static struct session_options session_options(const struct settings *settings, const char *trace_folder,
                                              const struct control_classes *classes, char **arguments,
                                              bool with_trace)
{
    const struct session_options options = {
        .trace_folder = trace_folder,
        .stream = settings->stream,
        .stream_alone = settings->stream && !with_trace,
        .stream_program = arguments,
        .per_process = settings->buffers == BUFFERS_PER_PROCESS,
        .buffer_size = settings->buffer_size,
        .lossless = settings->lossless != 0,
        .lazy_scopes = settings->scopes == SCOPES_LAZY,
        .native_stacks = settings->native != 0,
        .classes = classes,
    };
    return options;
}

static gboolean link_beside(const char *target, const char *folder, GError **error)
{
    g_autofree char *name = g_path_get_basename(target);
    g_autofree char *link = g_build_filename(folder, name, NULL);
    return symlink(target, link) == 0 || cli_fail(error, "%s: %s", link, g_strerror(errno));
}

/* LD_PRELOAD has no way to say a path with a colon or a space in it: such an installation gets other names. */
static char *speakable(const char *entry, const char *agent, const struct session *session, GError **error)
{
    if (!strpbrk(entry, " :"))
        return g_strdup(entry);
    g_autofree char *folder = g_path_get_dirname(session_control_path(session));
    g_autofree char *name = g_path_get_basename(entry);
    if (!link_beside(entry, folder, error) || !link_beside(agent, folder, error))
        return NULL;
    return g_build_filename(folder, name, NULL);
}

static gboolean run_program(struct tracing *tracing, const struct session_options *options, char **arguments,
                            const char *preload, GError **error)
{
    const struct program_environment environment = {.preload = preload,
                                                    .control = session_control_path(tracing->session)};
    message_detail("%s", session_description(tracing->session));
    recorder_tell(options, tracing->session);
    if (!program_run(arguments, &environment, &tracing->wait_status, error))
        return FALSE;
    program_settle_signals();
    session_stop(tracing->session, &tracing->result, &tracing->incomplete);
    return TRUE;
}

gboolean tracing_make_folder(const char *path, gboolean *ret_made, GError **error)
{
    *ret_made = mkdir(path, 0777) == 0;
    if (*ret_made)
        return TRUE;
    if (errno != EEXIST)
        return cli_fail(error, "%s: the trace folder cannot be made: %s; choose another with --trace-dir", path,
                        g_strerror(errno));
    if (g_file_test(path, G_FILE_TEST_IS_DIR) && access(path, R_OK | W_OK | X_OK) != 0)
        return cli_fail(error, "%s: the trace cannot be written there: %s; choose another with --trace-dir", path,
                        g_strerror(errno));
    if (!g_file_test(path, G_FILE_TEST_IS_DIR) || !folder_is_empty(path))
        return cli_fail(error, "%s: exists and is not an empty folder; choose another for the trace", path);
    return TRUE;
}

/* A name that cannot be shown as it is could not be copied from what is said of the folder. */
static char *showable_name(const char *path)
{
    char *name = g_path_get_basename(path);
    g_autofree char *shown = message_line(name);
    for (char *at = g_str_equal(name, shown) ? NULL : name; at && *at; at++)
        if (!g_ascii_isalnum(*at) && !strchr("._+", *at))
            *at = '-';
    return name;
}

char *tracing_default_folder(const char *path_or_name)
{
    g_autofree char *name = showable_name(path_or_name);
    g_autofree char *when = folder_time();
    char *path = g_strdup_printf("scopetrace-%s-%s", name, when);
    for (unsigned number = 2; g_file_test(path, G_FILE_TEST_EXISTS); number++) {
        g_free(path);
        path = g_strdup_printf("scopetrace-%s-%s-%u", name, when, number);
    }
    return path;
}

static gboolean run_session(struct tracing *tracing, const struct session_options *options, const char *entry,
                            const char *agent, char **arguments, GError **error)
{
    tracing->session = session_start(options, error);
    g_autofree char *preload = tracing->session ? speakable(entry, agent, tracing->session, error) : NULL;
    if (preload && run_program(tracing, options, arguments, preload, error))
        return TRUE;
    g_clear_pointer(&tracing->session, session_free);
    return FALSE;
}

static gboolean run_in_folder(struct tracing *tracing, const struct session_options *options, char **arguments,
                              GError **error)
{
    gboolean made = FALSE;
    g_autofree char *entry = install_library(CONTROL_ENTRY_LIBRARY, error);
    g_autofree char *agent = entry ? install_library(CONTROL_AGENT_LIBRARY, error) : NULL;
    if (!agent || !program_check(arguments[0], error) ||
        (options->trace_folder && !tracing_make_folder(options->trace_folder, &made, error)))
        return FALSE;
    if (run_session(tracing, options, entry, agent, arguments, error))
        return TRUE;
    if (made)
        rmdir(options->trace_folder);
    return FALSE;
}

gboolean tracing_run(struct tracing *ret, const struct settings *settings, const char *trace_folder,
                     bool with_trace, char **arguments, GError **error)
{
    struct tracing tracing = {.classes = g_new0(struct control_classes, 1)};
    struct session_options options =
        session_options(settings, trace_folder, tracing.classes, arguments, with_trace);
    struct flight_options flight = {.bytes = 0};
    g_autofree char *name = g_path_get_basename(settings->trace_dir ? settings->trace_dir : arguments[0]);
    if (recorder_configure(settings, name, &flight, &options, error) &&
        recorder_rotate(settings, &options, error) &&
        (providers_read(settings->providers, tracing.classes, error) ||
         options_blame("providers", settings, error)) &&
        run_in_folder(&tracing, &options, arguments, error)) {
        *ret = tracing;
        return TRUE;
    }
    tracing_clear(&tracing);
    return FALSE;
}

void tracing_tell_stream(const struct tracing *tracing)
{
    const char *place = session_stream(tracing->session);
    if (place && !tracing->result.stream_lost)
        message_notice("the trace was streamed to %s", place);
}

void tracing_clear(struct tracing *tracing)
{
    control_census_clear(&tracing->result.census);
    g_clear_error(&tracing->incomplete);
    g_clear_pointer(&tracing->session, session_free);
    g_clear_pointer(&tracing->classes, g_free);
}

int tracing_error_status(const GError *error)
{
    if (g_error_matches(error, cli_error_quark(), CLI_ERROR_NOT_FOUND))
        return STATUS_NOT_FOUND;
    if (g_error_matches(error, cli_error_quark(), CLI_ERROR_NOT_EXECUTABLE))
        return STATUS_NOT_EXECUTABLE;
    return STATUS_FAILED;
}
