/* SPDX-License-Identifier: MIT */
#include "cli/recovery/recovery.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/error.h"
#include "cli/session/folder.h"

#define METADATA "metadata"
/* Of the trace: what lttng-crash made. */
#define RECOVERED "recovered"
#define DEEPEST 8
/* Where a session's traces begin. */
#define DOMAIN "ust"

/* A visit to each metadata file beside the buffers. `inner`: its folder's path below the session's own folder,
 * which there may be none of. */
typedef gboolean (*metadata_visit)(const char *metadata, const char *inner, const char *trace, GError **error);

static gboolean visit_below(const char *folder, const char *inner, int depth, metadata_visit visit,
                            const char *trace, GError **error)
{
    g_autoptr(GDir) entries = g_dir_open(folder, 0, NULL);
    for (const char *name; entries && (name = g_dir_read_name(entries));) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_autofree char *below =
            *inner || g_str_equal(name, DOMAIN) ? g_build_filename(inner, name, NULL) : g_strdup("");
        GStatBuf status;
        if (g_lstat(path, &status) != 0)
            continue;
        if (S_ISDIR(status.st_mode) && depth < DEEPEST &&
            !visit_below(path, below, depth + 1, visit, trace, error))
            return FALSE;
        if (S_ISREG(status.st_mode) && g_str_equal(name, METADATA) && !visit(path, inner, trace, error))
            return FALSE;
    }
    return TRUE;
}

static goffset size_of(const char *path)
{
    GStatBuf status;
    return g_stat(path, &status) == 0 ? (goffset)status.st_size : 0;
}

/* The folder of the trace that this metadata is of; NULL: the consumer wrote nothing there. */
static char *counterpart(const char *inner, const char *trace)
{
    g_autofree char *folder = g_build_filename(trace, inner, NULL);
    return g_file_test(folder, G_FILE_TEST_IS_DIR) ? g_build_filename(folder, METADATA, NULL) : NULL;
}

static gboolean is_complete(const char *metadata, const char *inner, const char *trace, GError **error)
{
    g_autofree char *target = counterpart(inner, trace);
    (void)error;
    return target && size_of(target) >= size_of(metadata);
}

gboolean recovery_is_needed(const char *buffers, const char *trace)
{
    return !visit_below(buffers, "", 0, is_complete, trace, NULL);
}

/* What is there may have been written to its half. */
static gboolean complete(const char *metadata, const char *inner, const char *trace, GError **error)
{
    g_autofree char *target = counterpart(inner, trace);
    g_autofree char *text = NULL;
    gsize size = 0;
    if (!target || size_of(target) >= size_of(metadata))
        return TRUE;
    return g_file_get_contents(metadata, &text, &size, error) &&
           g_file_set_contents(target, text, (gssize)size, error);
}

static gboolean extract(const char *buffers, const char *target, GError **error)
{
    g_autofree char *program = g_find_program_in_path("lttng-crash");
    g_autofree char *output = NULL;
    g_autofree char *complaint = NULL;
    int status;
    if (!program)
        return cli_fail(error, "lttng-crash: not found in PATH; install LTTng's tools (Debian: lttng-tools)");
    char *arguments[] = {program, "-x", (char *)target, (char *)buffers, NULL};
    if (!g_spawn_sync("/", arguments, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output, &complaint, &status, error))
        return FALSE;
    if (g_spawn_check_wait_status(status, NULL))
        return TRUE;
    char *end = strchr(complaint, '\n');
    if (end)
        *end = '\0';
    return cli_fail(error, "lttng-crash: %s: %s", buffers, *complaint ? complaint : "failed without a word");
}

gboolean recovery_run(const char *buffers, const char *trace, GError **error)
{
    g_autofree char *target = g_build_filename(trace, RECOVERED, NULL);
    if (!g_file_test(buffers, G_FILE_TEST_IS_DIR) || folder_is_empty(buffers))
        return cli_fail(error, "%s: no trace buffers there", buffers);
    folder_remove(target);
    return extract(buffers, target, error) && visit_below(buffers, "", 0, complete, trace, error);
}
