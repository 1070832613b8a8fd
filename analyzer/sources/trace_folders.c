/* SPDX-License-Identifier: MIT */
#include "analyzer/sources/trace_folders.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdlib.h>

/* Deep enough for LTTng's own layout (host/session/archives/chunk/ust/uid/0/64-bit) below any collection of
 * traces; a bound, should the file system have none. */
enum { MAX_DEPTH = 32 };

static gboolean find_below(const char *folder, int depth, GHashTable *folders, GPtrArray *damage, GError **error);

/* Symbolic links are followed for the path that the user gave only: no loops, no strangers' traces. */
static gboolean is_own_folder(const char *path)
{
    GStatBuf status;
    return g_lstat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static void visit_children(const char *folder, GDir *children, int depth, GHashTable *folders, GPtrArray *damage)
{
    const char *name;
    while ((name = g_dir_read_name(children))) {
        g_autofree char *child = g_build_filename(folder, name, NULL);
        g_autoptr(GError) error = NULL;
        if (is_own_folder(child) && !find_below(child, depth + 1, folders, damage, &error))
            g_ptr_array_add(damage, g_strdup(error->message));
    }
}

static gboolean find_below(const char *folder, int depth, GHashTable *folders, GPtrArray *damage, GError **error)
{
    if (depth > MAX_DEPTH)
        return TRUE;
    GDir *children = g_dir_open(folder, 0, NULL);
    if (!children) {
        g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(errno), "cannot read %s: %s", folder,
                    g_strerror(errno));
        return FALSE;
    }
    g_autofree char *metadata = g_build_filename(folder, "metadata", NULL);
    if (g_file_test(metadata, G_FILE_TEST_IS_REGULAR))
        g_hash_table_add(folders, g_strdup(folder));
    visit_children(folder, children, depth, folders, damage);
    g_dir_close(children);
    return TRUE;
}

gboolean trace_folders_find(const char *path, GHashTable *folders, GPtrArray *damage, GError **error)
{
    char *canonical = realpath(path, NULL);
    if (!canonical) {
        g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(errno), "cannot read %s: %s", path,
                    g_strerror(errno));
        return FALSE;
    }
    gboolean found = find_below(canonical, 0, folders, damage, error);
    free(canonical);
    return found;
}
