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

/* Chunks that LTTng was not finished with have folders of their own, beside the archives. */
static gboolean is_chunk(const char *name)
{
    return g_ascii_isdigit(*name) || g_str_has_prefix(name, ".tmp_");
}

static void add_metadata(GPtrArray *targets, const char *folder)
{
    if (g_file_test(folder, G_FILE_TEST_IS_DIR))
        g_ptr_array_add(targets, g_build_filename(folder, METADATA, NULL));
}

/* The metadata of the trace that this one is of, in each of its chunks; none: the consumer wrote nothing there. */
static GPtrArray *counterparts(const char *inner, const char *trace)
{
    GPtrArray *targets = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) entries = g_dir_open(trace, 0, NULL);
    g_autofree char *whole = g_build_filename(trace, inner, NULL);
    add_metadata(targets, whole);
    for (const char *name; entries && (name = g_dir_read_name(entries));) {
        g_autofree char *chunk = g_build_filename(trace, name, inner, NULL);
        if (is_chunk(name))
            add_metadata(targets, chunk);
    }
    return targets;
}

static gboolean is_complete(const char *metadata, const char *inner, const char *trace, GError **error)
{
    g_autoptr(GPtrArray) targets = counterparts(inner, trace);
    (void)error;
    for (guint i = 0; i < targets->len; i++)
        if (size_of(targets->pdata[i]) < size_of(metadata))
            return FALSE;
    return targets->len > 0;
}

gboolean recovery_is_needed(const char *buffers, const char *trace)
{
    return !visit_below(buffers, "", 0, is_complete, trace, NULL);
}

/* What is there may have been written to its half. */
static gboolean complete(const char *metadata, const char *inner, const char *trace, GError **error)
{
    g_autoptr(GPtrArray) targets = counterparts(inner, trace);
    g_autofree char *text = NULL;
    gsize size = 0;
    if (!g_file_get_contents(metadata, &text, &size, error))
        return FALSE;
    for (guint i = 0; i < targets->len; i++)
        if (size_of(targets->pdata[i]) < (goffset)size &&
            !g_file_set_contents(targets->pdata[i], text, (gssize)size, error)) {
            g_prefix_error(error, "%s: cannot be completed from the trace buffers (they are kept): ", trace);
            return FALSE;
        }
    return TRUE;
}

gboolean recovery_extract(const char *buffers, const char *target, GError **error)
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
    g_autofree char *said = cli_said_by_lttng(complaint);
    return cli_fail(error, "%s: cannot be made of the trace buffers (they are kept): lttng-crash says: %s", target,
                    *said ? said : "nothing");
}

gboolean recovery_run(const char *buffers, const char *trace, GError **error)
{
    g_autofree char *target = g_build_filename(trace, RECOVERED, NULL);
    if (!g_file_test(buffers, G_FILE_TEST_IS_DIR) || folder_is_empty(buffers))
        return cli_fail(error, "%s: no trace buffers there", buffers);
    if (access(trace, W_OK) != 0)
        return cli_fail(error, "%s: cannot be written: %s; copy it (cp -a) and recover the copy", trace,
                        g_strerror(errno));
    folder_remove(target);
    if (recovery_extract(buffers, target, error) && visit_below(buffers, "", 0, complete, trace, error))
        return TRUE;
    /* where there is no room for all of it, half of it is of no use */
    folder_remove(target);
    return FALSE;
}
