/* SPDX-License-Identifier: MIT */
/*
 * The source of CTF traces, as LTTng writes them: which folders make which traces, which of them can be
 * read, and what to say of the others. The reading is in babeltrace.c.
 */
#include <string.h>

#include "analyzer/sources/babeltrace.h"
#include "analyzer/sources/trace_folders.h"

static gboolean ctf_recognizes(const char *path)
{
    return g_file_test(path, G_FILE_TEST_IS_DIR);
}

static int compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All trace folders below the paths, sorted: ties of time are settled the same way each time. */
static GPtrArray *find_folders(const char *const *paths, struct source_notes *notes, GError **error)
{
    g_autoptr(GHashTable) found = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (const char *const *path = paths; *path; path++)
        if (!trace_folders_find(*path, found, notes->damage, error))
            return NULL;
    if (g_hash_table_size(found) == 0) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_EMPTY,
                    "no trace in %s: no folder there holds a CTF \"metadata\" file; give the folder that "
                    "`scopetrace record` or `lttng create` wrote to",
                    *paths);
        return NULL;
    }
    GPtrArray *folders = g_ptr_array_new_with_free_func(g_free);
    GHashTableIter iter;
    gpointer folder;
    g_hash_table_iter_init(&iter, found);
    while (g_hash_table_iter_next(&iter, &folder, NULL))
        g_ptr_array_add(folders, g_strdup(folder));
    g_ptr_array_sort(folders, compare_names);
    return folders;
}

static void drop_unfinished(GPtrArray *folders, struct source_notes *notes)
{
    for (guint i = folders->len; i-- > 0;) {
        const char *folder = g_ptr_array_index(folders, i);
        if (!trace_folder_is_unfinished(folder))
            continue;
        source_note(notes,
                    "%s cannot be read: its metadata is empty, because LTTng writes it when the session ends; "
                    "run `lttng stop` and try again",
                    folder);
        g_ptr_array_remove_index(folders, i);
    }
}

/* Folders of one logical trace are opened together, which puts rotated chunks in a row and takes the
 * doubles out of overlapping snapshots. Returns GPtrArray * of char *. */
static GPtrArray *group_folders(struct babeltrace *babeltrace, const GPtrArray *folders)
{
    GPtrArray *traces = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    g_autoptr(GHashTable) by_group = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < folders->len; i++) {
        const char *folder = g_ptr_array_index(folders, i);
        char *group = babeltrace_group(babeltrace, folder);
        GPtrArray *trace = group ? g_hash_table_lookup(by_group, group) : NULL;
        if (!trace) {
            trace = g_ptr_array_new_with_free_func(g_free);
            g_ptr_array_add(traces, trace);
        }
        g_ptr_array_add(trace, g_strdup(folder));
        if (group)
            g_hash_table_replace(by_group, group, trace);
    }
    return traces;
}

static void drop_unreadable(struct babeltrace *babeltrace, GPtrArray *traces, struct source_notes *notes)
{
    for (guint i = traces->len; i-- > 0;) {
        g_autoptr(GError) error = NULL;
        if (babeltrace_probe(babeltrace, g_ptr_array_index(traces, i), &error))
            continue;
        source_note(notes, "cannot read %s", error->message);
        g_ptr_array_remove_index(traces, i);
    }
}

/* When nothing at all can be read, the first damage is the reason. */
static gboolean nothing_left(const struct source_notes *notes, guint first_note, GError **error)
{
    g_assert(notes->damage->len > first_note);
    g_set_error_literal(error, SOURCE_ERROR, SOURCE_ERROR_UNREADABLE,
                        g_ptr_array_index(notes->damage, first_note));
    return FALSE;
}

static gboolean run(struct babeltrace *babeltrace, const GPtrArray *traces, struct babeltrace_client *client,
                    const char *path, GError **error)
{
    if (!babeltrace_run(babeltrace, traces, client, error))
        return FALSE;
    if (client->ours_seen)
        return TRUE;
    g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_EMPTY,
                "the trace in %s has no scopetrace events: no Python program was traced by its session", path);
    return FALSE;
}

static gboolean ctf_read(const char *const *paths, event_handler handler, void *context,
                         struct source_notes *notes, GError **error)
{
    guint first_note = notes->damage->len;
    g_autoptr(GPtrArray) folders = find_folders(paths, notes, error);
    if (!folders)
        return FALSE;
    drop_unfinished(folders, notes);
    struct babeltrace *babeltrace = babeltrace_open(error);
    if (!babeltrace)
        return FALSE;
    g_autoptr(GPtrArray) traces = group_folders(babeltrace, folders);
    drop_unreadable(babeltrace, traces, notes);
    struct babeltrace_client client = {.handler = handler, .context = context, .notes = notes};
    gboolean done =
        traces->len ? run(babeltrace, traces, &client, *paths, error) : nothing_left(notes, first_note, error);
    babeltrace_close(babeltrace);
    return done;
}

const struct source_ops babeltrace_source = {
    .name = "CTF trace",
    .recognizes = ctf_recognizes,
    .read = ctf_read,
};
