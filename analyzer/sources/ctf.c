/* SPDX-License-Identifier: MIT */
/*
 * The source of CTF traces, as LTTng writes them: which folders make which traces, which of them can be
 * read, and what to say of the others. The reading is in babeltrace/.
 */
#include <stdbool.h>
#include <string.h>

#include "analyzer/sources/babeltrace/babeltrace.h"
#include "analyzer/sources/ctf_packets.h"
#include "analyzer/sources/ctf_repair.h"
#include "analyzer/sources/guard.h"
#include "analyzer/sources/missing_events.h"
#include "analyzer/sources/trace_batches.h"
#include "analyzer/sources/trace_folders.h"

/* A reading under way. */
struct ctf {
    struct babeltrace *babeltrace;
    struct source_notes *notes;
    GPtrArray *twins; /* char *: repaired folders, to be removed */
};

static gboolean ctf_recognizes(const char *path)
{
    return g_file_test(path, G_FILE_TEST_IS_DIR);
}

/* ---- folders ---- */

static int compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static GHashTable *new_set(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

/* One that has nothing must not go unnoticed beside one that has. */
static gboolean add_folders(GHashTable *found, const char *path, struct source_notes *notes, GError **error)
{
    g_autoptr(GHashTable) below = new_set();
    const guint told = notes->damage->len;
    if (!trace_folders_find(path, below, notes->damage, error))
        return FALSE;
    if (g_hash_table_size(below) == 0 && notes->damage->len == told)
        source_note(notes, "There is no trace in %s.", path);
    GHashTableIter iter;
    gpointer folder;
    g_hash_table_iter_init(&iter, below);
    while (g_hash_table_iter_next(&iter, &folder, NULL))
        g_hash_table_add(found, g_strdup(folder));
    return TRUE;
}

/* Where nothing is found: whether it is because something may not be read. */
static bool is_refused(const struct source_notes *notes, GError **error)
{
    for (guint i = 0; i < notes->damage->len; i++) {
        const char *note = g_ptr_array_index(notes->damage, i);
        if (!g_str_has_prefix(note, TRACE_FOLDERS_REFUSED))
            continue;
        g_set_error_literal(error, SOURCE_ERROR, SOURCE_ERROR_UNREADABLE, note);
        return true;
    }
    return false;
}

/* All trace folders below the paths, sorted: ties of time are settled the same way each time. */
static GPtrArray *find_folders(const char *const *paths, struct source_notes *notes, GError **error)
{
    g_autoptr(GHashTable) found = new_set();
    for (const char *const *path = paths; *path; path++)
        if (!add_folders(found, *path, notes, error))
            return NULL;
    if (g_hash_table_size(found) == 0) {
        if (!is_refused(notes, error))
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

/* Metadata that the library must not see: what is wrong with it, and what to do. NULL: nothing. */
static const char *const metadata_troubles[] = {
    [CTF_METADATA_EMPTY] =
        "its metadata is empty, because LTTng writes it when the session ends; run `lttng stop` "
        "and try again",
    [CTF_METADATA_WHOLE_2] = "it is a CTF 2 trace, and the libbabeltrace2 here reads only CTF 1; it takes 2.1 or "
                             "later, or a session made with `lttng create --trace-format=ctf-1.8`",
    [CTF_METADATA_CUT] = "its metadata is cut short; copy the trace again",
    [CTF_METADATA_FOREIGN] = "its metadata is not that of a CTF trace",
};

static void drop_bad_metadata(GPtrArray *folders, struct source_notes *notes)
{
    for (guint i = 0; i < folders->len;) {
        const char *folder = g_ptr_array_index(folders, i);
        g_autofree char *metadata = g_build_filename(folder, "metadata", NULL);
        enum ctf_metadata look = ctf_metadata_look(metadata);
        bool readable = look == CTF_METADATA_WHOLE_2 ? babeltrace_reads_ctf_2() : !metadata_troubles[look];
        if (readable) {
            i++;
            continue;
        }
        source_note(notes, "cannot read %s: %s", folder, metadata_troubles[look]);
        g_ptr_array_remove_index(folders, i);
    }
}

/* ---- traces ---- */

static void trace_free(gpointer data)
{
    struct babeltrace_trace *trace = data;
    g_free(trace->name);
    g_ptr_array_unref(trace->folders);
    g_free(trace);
}

/* Folders of one logical trace are opened together, which puts rotated chunks in a row and takes the
 * doubles out of overlapping snapshots. Returns GPtrArray * of struct babeltrace_trace *. */
static GPtrArray *group_folders(struct ctf *ctf, const GPtrArray *folders)
{
    GPtrArray *traces = g_ptr_array_new_with_free_func(trace_free);
    g_autoptr(GHashTable) by_group = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < folders->len; i++) {
        const char *folder = g_ptr_array_index(folders, i);
        char *group = babeltrace_group(ctf->babeltrace, folder);
        struct babeltrace_trace *trace = group ? g_hash_table_lookup(by_group, group) : NULL;
        if (!trace) {
            trace = g_new(struct babeltrace_trace, 1);
            trace->name = g_strdup(folder);
            trace->folders = g_ptr_array_new_with_free_func(g_free);
            g_ptr_array_add(traces, trace);
        }
        g_ptr_array_add(trace->folders, g_strdup(folder));
        if (group)
            g_hash_table_replace(by_group, group, trace);
    }
    return traces;
}

/* Of what LTTng wrote, the library sees only whole packets. */
static bool folder_is_sound(const char *folder)
{
    g_autofree char *metadata = g_build_filename(folder, "metadata", NULL);
    return ctf_metadata_look(metadata) != CTF_METADATA_PACKETS || ctf_is_sound(folder);
}

static bool trace_is_sound(const struct babeltrace_trace *trace)
{
    for (guint i = 0; i < trace->folders->len; i++)
        if (!folder_is_sound(g_ptr_array_index(trace->folders, i)))
            return false;
    return true;
}

static gboolean folder_is_readable(void *context, const char *folder)
{
    const struct ctf *ctf = context;
    if (!folder_is_sound(folder))
        return FALSE;
    gpointer folders[] = {(gpointer)folder};
    GPtrArray alone = {folders, 1};
    const struct babeltrace_trace trace = {(char *)folder, &alone};
    return babeltrace_probe(ctf->babeltrace, &trace, NULL);
}

/* The folder itself, its readable twin, or NULL; the twin belongs to ctf. */
static const char *readable_folder(struct ctf *ctf, const char *folder)
{
    if (folder_is_readable(ctf, folder))
        return folder;
    char *twin = ctf_repair(folder, guard_folder(ctf->notes->guard), ctf->notes->damage);
    if (!twin)
        return NULL;
    g_ptr_array_add(ctf->twins, twin);
    if (folder_is_readable(ctf, twin))
        return twin;
    bool some = ctf_repair_sift(twin, folder, folder_is_readable, ctf, ctf->notes->damage);
    return some && folder_is_readable(ctf, twin) ? twin : NULL;
}

/* Puts a readable twin in the place of each folder that cannot be opened, or takes it out. */
static void repair_folders(struct ctf *ctf, GPtrArray *folders)
{
    for (guint i = 0; i < folders->len;) {
        char *folder = g_ptr_array_index(folders, i);
        const char *readable = readable_folder(ctf, folder);
        if (!readable) {
            g_ptr_array_remove_index(folders, i);
            continue;
        }
        if (readable != folder) {
            g_ptr_array_index(folders, i) = g_strdup(readable);
            g_free(folder);
        }
        i++;
    }
}

/* What cannot be opened is repaired; what cannot be repaired is told, before what the repair met, and left out. */
static bool make_readable(struct ctf *ctf, struct babeltrace_trace *trace)
{
    guint first_note = ctf->notes->damage->len;
    g_autoptr(GError) error = NULL;
    if (trace_is_sound(trace) && babeltrace_probe(ctf->babeltrace, trace, &error))
        return true;
    repair_folders(ctf, trace->folders);
    if (trace->folders->len && babeltrace_probe(ctf->babeltrace, trace, error ? NULL : &error))
        return true;
    if (error)
        g_ptr_array_insert(ctf->notes->damage, (gint)first_note,
                           g_strdup_printf("cannot read %s", error->message));
    else if (ctf->notes->damage->len == first_note)
        source_note(ctf->notes, "cannot read %s: no part of it can be read, or be copied to TMPDIR", trace->name);
    return false;
}

static void drop_unreadable(struct ctf *ctf, GPtrArray *traces)
{
    for (guint i = 0; i < traces->len;)
        if (make_readable(ctf, g_ptr_array_index(traces, i)))
            i++;
        else
            g_ptr_array_remove_index(traces, i);
}

/* ---- reading ---- */

/* When nothing at all can be read, the first damage is the reason. */
static gboolean nothing_left(const struct source_notes *notes, guint first_note, GError **error)
{
    g_assert(notes->damage->len > first_note);
    g_set_error_literal(error, SOURCE_ERROR, SOURCE_ERROR_UNREADABLE,
                        g_ptr_array_index(notes->damage, first_note));
    return FALSE;
}

static void find_range(struct ctf *ctf, const GPtrArray *traces)
{
    struct source_notes *notes = ctf->notes;
    for (guint i = 0; notes->wants_range && i < traces->len; i++)
        babeltrace_add_range(ctf->babeltrace, g_ptr_array_index(traces, i), &notes->begin_ns, &notes->end_ns);
}

/* damage: the first that was found; NULL: none. */
static gboolean nothing_ours(const struct source_notes *notes, const char *damage, const char *path,
                             GError **error)
{
    if (is_refused(notes, error))
        return FALSE;
    if (damage)
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_UNREADABLE,
                    "no scopetrace events can be read from the trace in %s: %s", path, damage);
    else
        g_set_error(
            error, SOURCE_ERROR, SOURCE_ERROR_EMPTY,
            "the trace in %s has no scopetrace events: no Python program was traced by its session, or it still "
            "records: run `lttng stop` and try again",
            path);
    return FALSE;
}

static gboolean run(struct ctf *ctf, const GPtrArray *traces, struct babeltrace_client *client, const char *path,
                    guint first_note, GError **error)
{
    find_range(ctf, traces);
    g_autoptr(GPtrArray) batches = trace_batches(ctf->babeltrace, traces);
    for (guint i = 0; i < batches->len; i++)
        if (!babeltrace_run(ctf->babeltrace, g_ptr_array_index(batches, i), client, error))
            return FALSE;
    const GPtrArray *notes = client->notes->damage;
    const char *damage = notes->len > first_note ? g_ptr_array_index(notes, first_note) : NULL;
    missing_events_note(client->missing, client->notes);
    return client->ours_seen || nothing_ours(client->notes, damage, path, error);
}

static gboolean ctf_read(const char *const *paths, event_handler handler, void *context,
                         struct source_notes *notes, GError **error)
{
    guint first_note = notes->damage->len;
    g_autoptr(GPtrArray) folders = find_folders(paths, notes, error);
    struct ctf ctf = {folders ? babeltrace_open(notes->guard, error) : NULL, notes, NULL};
    if (!ctf.babeltrace)
        return FALSE;
    ctf.twins = g_ptr_array_new_with_free_func((GDestroyNotify)ctf_repair_remove);
    drop_bad_metadata(folders, notes);
    g_autoptr(GPtrArray) traces = group_folders(&ctf, folders);
    drop_unreadable(&ctf, traces);
    struct babeltrace_client client = {
        .handler = handler, .expect = notes->expect, .context = context, .notes = notes};
    gboolean done = traces->len ? run(&ctf, traces, &client, *paths, first_note, error)
                                : nothing_left(notes, first_note, error);
    g_ptr_array_unref(ctf.twins);
    babeltrace_close(ctf.babeltrace);
    return done;
}

const struct source_ops babeltrace_source = {
    .name = "CTF trace",
    .recognizes = ctf_recognizes,
    .read = ctf_read,
};
