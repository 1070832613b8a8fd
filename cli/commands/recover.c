/* SPDX-License-Identifier: MIT */
#include "cli/commands/command.h"

#include <unistd.h>

#include "cli/commands/analyze.h"
#include "cli/commands/recover_core.h"
#include "cli/message.h"
#include "cli/recovery/recovery.h"
#include "cli/session/safekeeping.h"

/* Where the trace's buffers are: to be freed. */
static gboolean find_buffers(const struct settings *settings, const char *trace, char **ret_folder, GError **error)
{
    if (settings->buffer_dir) {
        *ret_folder = g_canonicalize_filename(settings->buffer_dir, NULL);
        return TRUE;
    }
    g_autofree char *link = g_build_filename(trace, SAFEKEEPING_LINK, NULL);
    g_autofree char *folder = g_file_read_link(link, NULL);
    if (!folder)
        return cli_fail(
            error,
            "%s: nothing to recover: it was left complete, or was not recorded by scopetrace record -o; "
            "--buffer-dir names the folder given to lttng create --shm-path",
            trace);
    if (access(folder, F_OK) != 0)
        return cli_fail(error, "%s: its buffers in %s are gone, as after a restart of the machine", trace, folder);
    if (safekeeping_is_locked(folder))
        return cli_fail(error, "%s: is still being recorded", trace);
    g_autofree char *kept = safekeeping_kept(folder);
    *ret_folder = g_canonicalize_filename(kept, NULL);
    return TRUE;
}

static gboolean recover_trace(const struct settings *settings, const char *trace, GError **error)
{
    if (!g_file_test(trace, G_FILE_TEST_IS_DIR))
        return cli_fail(error, "%s: no such folder; give that of a trace", trace);
    g_autofree char *folder = g_canonicalize_filename(trace, NULL);
    g_autofree char *buffers = NULL;
    if (!find_buffers(settings, folder, &buffers, error) || !recovery_run(buffers, folder, error))
        return FALSE;
    if (!settings->buffer_dir) {
        g_autofree char *all = g_path_get_dirname(buffers);
        safekeeping_remove(all);
    }
    return TRUE;
}

/* With a core file the trace may be complete as it is. */
static gboolean needs_recovery(const struct settings *settings, const char *trace)
{
    g_autofree char *link = g_build_filename(trace, SAFEKEEPING_LINK, NULL);
    return !settings->core || settings->buffer_dir || g_file_test(link, G_FILE_TEST_IS_SYMLINK);
}

static gboolean check_words(const struct settings *settings, const char *operand, GError **error)
{
    if (!settings->trace && !operand && !settings->core)
        return cli_fail(error, "no trace given; see scopetrace recover --help");
    if (settings->trace && !settings->core)
        return cli_fail(error, "--trace: goes with --core; without that the trace is given by itself");
    if (settings->trace && operand)
        return cli_fail(error, "--trace: %s is given by itself; leave out one of the two", operand);
    return TRUE;
}

static int recover(const struct settings *settings, char **operands)
{
    g_autoptr(GError) error = NULL;
    const char *trace = settings->trace ? settings->trace : operands[0];
    if (!check_words(settings, operands[0], &error) ||
        (trace && needs_recovery(settings, trace) && !recover_trace(settings, trace, &error))) {
        message_error("%s", error->message);
        return STATUS_FAILED;
    }
    return settings->core ? recover_core(settings, trace) : analyze_traces(settings, operands);
}

const struct command command_recover = {
    .name = "recover",
    .operands = "[TRACE]",
    .summary = "make a trace readable whose recording died, or read a core file, then report",
    .details =
        "When the session daemon, its consumer and scopetrace itself are killed while a program is "
        "recorded, what\n"
        "the trace lacks is still in the trace buffers. Adds it to the trace in the folder TRACE, by "
        "lttng-crash,\n"
        "and reports as `analyze` does. `run` does so by itself when its daemon died.\n"
        "\n"
        "With --core FILE, the core file of a traced process: what was open in its memory at the end, which\n"
        "signal ended it, and the native stacks of its threads; with --trace DIR, too, also the report on its\n"
        "trace, and whether the two agree.\n"
        "\n"
        "Exit status: as analyze; 2 when nothing can be recovered.",
    .groups = OPTIONS_REPORT | OPTIONS_RECOVER,
    .least = 0,
    .most = 1,
    .run = recover,
};
