/* SPDX-License-Identifier: MIT */
#include "cli/session/safekeeping.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/error.h"
#include "cli/session/buffers.h"
#include "cli/session/folder.h"

#define PREFIX "scopetrace-"
#define TEMPLATE PREFIX "XXXXXX"
#define LOCK "lock"
/* The trace that may need it. */
#define CLAIM "trace"
/* One that nobody has locked yet is being made. */
#define YOUNG_SECONDS 60

char *safekeeping_live(const char *folder)
{
    return g_build_filename(folder, "live", NULL);
}

char *safekeeping_kept(const char *folder)
{
    return g_build_filename(folder, "kept", NULL);
}

void safekeeping_lock(const char *folder)
{
    g_autofree char *path = g_build_filename(folder, LOCK, NULL);
    const int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0)
        close(fd);
}

bool safekeeping_is_locked(const char *folder)
{
    g_autofree char *path = g_build_filename(folder, LOCK, NULL);
    const int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    const bool locked = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0;
    if (fd >= 0)
        close(fd);
    return locked;
}

/* ---- what nobody needs any more ---- */

static bool is_own_folder(const char *path, struct stat *status)
{
    return lstat(path, status) == 0 && S_ISDIR(status->st_mode) && status->st_uid == geteuid();
}

/* The link to it in the trace that it was made for: to be freed. NULL: there is none, or none any more. */
static char *trace_link(const char *folder)
{
    g_autofree char *claim = g_build_filename(folder, CLAIM, NULL);
    g_autofree char *trace = g_file_read_link(claim, NULL);
    g_autofree char *link = trace ? g_build_filename(trace, SAFEKEEPING_LINK, NULL) : NULL;
    g_autofree char *linked = link ? g_file_read_link(link, NULL) : NULL;
    return g_strcmp0(linked, folder) == 0 ? g_steal_pointer(&link) : NULL;
}

/* People keep traces there as well, whose names may be such: they have something else in them. */
static bool has_our_layout(const char *folder)
{
    static const char *const parts[] = {LOCK, "live", "kept"};
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *part = g_build_filename(folder, parts[i], NULL);
        if (g_file_test(part, G_FILE_TEST_EXISTS))
            return true;
    }
    return folder_is_empty(folder);
}

/* Its session is gone, however it went, and there is no trace that it could complete. */
static bool is_abandoned(const char *folder)
{
    struct stat status;
    if (!is_own_folder(folder, &status) || status.st_mtime + YOUNG_SECONDS > time(NULL) ||
        !has_our_layout(folder) || safekeeping_is_locked(folder))
        return false;
    g_autofree char *link = trace_link(folder);
    return !link;
}

void safekeeping_each(void (*visit)(const char *folder, void *context), void *context)
{
    g_autoptr(GDir) entries = g_dir_open(BUFFERS_MEMORY_FOLDER, 0, NULL);
    for (const char *name; entries && (name = g_dir_read_name(entries));) {
        g_autofree char *folder = g_build_filename(BUFFERS_MEMORY_FOLDER, name, NULL);
        if (g_str_has_prefix(name, PREFIX) && strlen(name) == strlen(TEMPLATE))
            visit(folder, context);
    }
}

static void remove_abandoned(const char *folder, void *context)
{
    (void)context;
    if (is_abandoned(folder))
        folder_remove(folder);
}

static void sweep(void)
{
    safekeeping_each(remove_abandoned, NULL);
}

/* ---- making and removing ---- */

static gboolean make_folders(const char *folder, GError **error)
{
    g_autofree char *live = safekeeping_live(folder);
    g_autofree char *kept = safekeeping_kept(folder);
    if (mkdir(live, 0700) == 0 && mkdir(kept, 0700) == 0)
        return TRUE;
    return cli_fail(error, "%s: %s", folder, g_strerror(errno));
}

/* A convenience: what cannot be linked can still be told to `recover`. */
static void link_trace(const char *folder, const char *trace)
{
    g_autofree char *claim = g_build_filename(folder, CLAIM, NULL);
    g_autofree char *link = g_build_filename(trace, SAFEKEEPING_LINK, NULL);
    if (symlink(trace, claim) == 0 && symlink(folder, link) != 0)
        unlink(claim);
}

char *safekeeping_create(const char *disk, const char *trace, GError **error)
{
    g_autofree char *folder = g_build_filename(disk ? disk : BUFFERS_MEMORY_FOLDER, TEMPLATE, NULL);
    sweep();
    if (!g_mkdtemp(folder)) {
        cli_fail(error, "%s: no folder for the trace buffers can be made there: %s; make it writable",
                 disk ? disk : BUFFERS_MEMORY_FOLDER, g_strerror(errno));
        return NULL;
    }
    if (!make_folders(folder, error)) {
        folder_remove(folder);
        return NULL;
    }
    if (trace)
        link_trace(folder, trace);
    return g_steal_pointer(&folder);
}

void safekeeping_remove(const char *folder)
{
    if (!folder)
        return;
    g_autofree char *link = trace_link(folder);
    if (link)
        unlink(link);
    folder_remove(folder);
}

/* ---- links ---- */

static void keep_new(const char *live, const char *kept)
{
    g_autoptr(GDir) entries = g_dir_open(live, 0, NULL);
    for (const char *name; entries && (name = g_dir_read_name(entries));) {
        g_autofree char *from = g_build_filename(live, name, NULL);
        g_autofree char *to = g_build_filename(kept, name, NULL);
        struct stat status;
        if (lstat(from, &status) != 0)
            continue;
        if (S_ISREG(status.st_mode))
            (void)!link(from, to);
        else if (S_ISDIR(status.st_mode) && (mkdir(to, 0700) == 0 || errno == EEXIST))
            keep_new(from, to);
    }
}

static void drop_gone(const char *kept, GHashTable *gone, GHashTable *now)
{
    g_autoptr(GDir) entries = g_dir_open(kept, 0, NULL);
    for (const char *name; entries && (name = g_dir_read_name(entries));) {
        g_autofree char *path = g_build_filename(kept, name, NULL);
        struct stat status;
        if (lstat(path, &status) != 0)
            continue;
        if (S_ISDIR(status.st_mode))
            drop_gone(path, gone, now);
        else if (status.st_nlink == 1 && g_hash_table_contains(gone, path))
            unlink(path);
        else if (status.st_nlink == 1)
            g_hash_table_add(now, g_steal_pointer(&path));
    }
}

void safekeeping_look(const char *folder, GHashTable *gone, bool daemon_lives)
{
    g_autofree char *live = safekeeping_live(folder);
    g_autofree char *kept = safekeeping_kept(folder);
    g_autoptr(GHashTable) now = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (!daemon_lives)
        return;
    drop_gone(kept, gone, now);
    keep_new(live, kept);
    g_hash_table_remove_all(gone);
    GHashTableIter iterator;
    gpointer path;
    g_hash_table_iter_init(&iterator, now);
    while (g_hash_table_iter_next(&iterator, &path, NULL))
        g_hash_table_add(gone, g_strdup(path));
}
