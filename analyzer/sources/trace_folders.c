/* SPDX-License-Identifier: MIT */
#include "analyzer/sources/trace_folders.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdlib.h>

#include "analyzer/sources/source.h"

/* Deep enough for LTTng's own layout (host/session/archives/chunk/ust/uid/0/64-bit) below any collection of
 * traces; a bound, should the file system have none. */
enum { MAX_DEPTH = 32 };
/* Somebody gave a home folder or /tmp: that is not what was meant, and would take its time. */
enum { MAX_FOLDERS = 10000 };

struct walk {
    const char *top;
    GHashTable *folders;
    GPtrArray *damage;
    unsigned visited;
};

static gboolean find_below(struct walk *walk, const char *folder, int depth, GError **error);

/* Symbolic links are followed for the path that the user gave only: no loops, no strangers' traces. */
static gboolean is_own_folder(const char *path)
{
    GStatBuf status;
    return g_lstat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* Folders that cannot be read are passed over; too many of them are not. */
static gboolean visit_children(struct walk *walk, const char *folder, GDir *children, int depth, GError **error)
{
    const char *name;
    while ((name = g_dir_read_name(children))) {
        g_autofree char *child = g_build_filename(folder, name, NULL);
        g_autoptr(GError) trouble = NULL;
        if (!is_own_folder(child) || find_below(walk, child, depth + 1, &trouble))
            continue;
        if (walk->visited > MAX_FOLDERS) {
            g_propagate_error(error, g_steal_pointer(&trouble));
            return FALSE;
        }
        g_ptr_array_add(walk->damage, g_strdup(trouble->message));
    }
    return TRUE;
}

static gboolean find_below(struct walk *walk, const char *folder, int depth, GError **error)
{
    if (depth > MAX_DEPTH)
        return TRUE;
    if (++walk->visited > MAX_FOLDERS) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_EMPTY,
                    "%s has more than %d folders below it; give the folder of the trace itself", walk->top,
                    MAX_FOLDERS);
        return FALSE;
    }
    GDir *children = g_dir_open(folder, 0, NULL);
    if (!children) {
        g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(errno), "cannot read %s: %s", folder,
                    g_strerror(errno));
        return FALSE;
    }
    g_autofree char *metadata = g_build_filename(folder, "metadata", NULL);
    if (g_file_test(metadata, G_FILE_TEST_IS_REGULAR))
        g_hash_table_add(walk->folders, g_strdup(folder));
    gboolean found = visit_children(walk, folder, children, depth, error);
    g_dir_close(children);
    return found;
}

gboolean trace_folders_find(const char *path, GHashTable *folders, GPtrArray *damage, GError **error)
{
    char *canonical = realpath(path, NULL);
    if (!canonical) {
        g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(errno), "cannot read %s: %s", path,
                    g_strerror(errno));
        return FALSE;
    }
    gboolean found = find_below(&(struct walk){canonical, folders, damage, 0}, canonical, 0, error);
    free(canonical);
    return found;
}
