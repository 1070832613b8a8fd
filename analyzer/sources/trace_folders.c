/* SPDX-License-Identifier: MIT */
#include "analyzer/sources/trace_folders.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <unistd.h>

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

/* LTTng lets nobody but owner and group into what it writes. */
static char *refusal(const char *path, int cause)
{
    return g_strdup_printf(
        TRACE_FOLDERS_REFUSED "%s: %s%s", path, g_strerror(cause),
        cause == EACCES ? "; read the trace as its owner, who may also give it away: chmod -R a+rX" : "");
}

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

/* The first of its files that cannot be read is told. The trace is no trace without its metadata. */
static void add_trace(struct walk *walk, const char *folder, const char *metadata)
{
    g_autoptr(GDir) files = g_dir_open(folder, 0, NULL);
    gboolean readable = access(metadata, R_OK) == 0;
    if (!readable)
        g_ptr_array_add(walk->damage, refusal(metadata, errno));
    else
        g_hash_table_add(walk->folders, g_strdup(folder));
    for (const char *name; readable && files && (name = g_dir_read_name(files));) {
        g_autofree char *file = g_build_filename(folder, name, NULL);
        readable = !g_file_test(file, G_FILE_TEST_IS_REGULAR) || access(file, R_OK) == 0;
        if (!readable)
            g_ptr_array_add(walk->damage, refusal(file, errno));
    }
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
        const int cause = access(folder, R_OK | X_OK) == 0 ? EIO : errno;
        g_autofree char *text = refusal(folder, cause);
        g_set_error_literal(error, G_FILE_ERROR, (gint)g_file_error_from_errno(cause), text);
        return FALSE;
    }
    g_autofree char *metadata = g_build_filename(folder, "metadata", NULL);
    if (g_file_test(metadata, G_FILE_TEST_IS_REGULAR))
        add_trace(walk, folder, metadata);
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
