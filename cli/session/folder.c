/* SPDX-License-Identifier: MIT */
#include "cli/session/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "cli/error.h"

#define TEMPLATE "scopetrace-XXXXXX"
/* sun_path has 108 bytes; LTTng's longest name below the folder takes 40. */
#define LONGEST_FOLDER 64

static gboolean usable_base(const char *base)
{
    return base && g_path_is_absolute(base) && !g_str_has_prefix(base, "/run/") &&
           !g_str_has_prefix(base, "/var/run/") && strlen(base) + 1 + strlen(TEMPLATE) <= LONGEST_FOLDER &&
           access(base, W_OK) == 0;
}

char *folder_create(GError **error)
{
    const char *wanted = g_getenv("TMPDIR");
    const char *base = usable_base(wanted) ? wanted : "/tmp";
    char *path = g_build_filename(base, TEMPLATE, NULL);
    if (g_mkdtemp(path))
        return path;
    cli_fail(error, "%s: no temporary folder can be made: %s; point TMPDIR at a folder that can be written", base,
             g_strerror(errno));
    g_free(path);
    return NULL;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    remove(path);
    return 0;
}

void folder_remove(const char *path)
{
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static int remove_below(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    return walk->level > 0 ? remove_entry(path, status, type, walk) : 0;
}

void folder_clear(const char *path)
{
    nftw(path, remove_below, 16, FTW_DEPTH | FTW_PHYS);
}

static gboolean copy_bytes(int in, int out, GError **error)
{
    for (;;) {
        const ssize_t copied = sendfile(out, in, NULL, 1 << 30);
        if (copied == 0)
            return TRUE;
        if (copied < 0 && errno != EINTR)
            return cli_fail(error, "%s", g_strerror(errno));
    }
}

static gboolean copy_file(const char *from, const char *to, GError **error)
{
    const int in = open(from, O_RDONLY | O_CLOEXEC);
    const int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    gboolean copied = FALSE;
    if (in < 0 || out < 0)
        cli_fail(error, "%s", g_strerror(errno));
    else
        copied = copy_bytes(in, out, error);
    if (in >= 0)
        close(in);
    if (out >= 0 && close(out) != 0 && copied)
        copied = cli_fail(error, "%s", g_strerror(errno));
    return copied;
}

static gboolean move_entry(const char *from, const char *to, GError **error)
{
    if (rename(from, to) == 0)
        return TRUE;
    if (errno != EXDEV)
        return cli_fail(error, "%s: %s", to, g_strerror(errno));
    if (!g_file_test(from, G_FILE_TEST_IS_DIR))
        return copy_file(from, to, error);
    if (mkdir(to, 0755) != 0)
        return cli_fail(error, "%s: %s", to, g_strerror(errno));
    return folder_move_entries(from, to, error);
}

gboolean folder_move_entries(const char *from, const char *to, GError **error)
{
    g_autoptr(GDir) entries = g_dir_open(from, 0, error);
    if (!entries)
        return FALSE;
    for (const char *name; (name = g_dir_read_name(entries));) {
        g_autofree char *source = g_build_filename(from, name, NULL);
        g_autofree char *target = g_build_filename(to, name, NULL);
        if (!move_entry(source, target, error))
            return FALSE;
    }
    return TRUE;
}

gboolean folder_is_empty(const char *path)
{
    g_autoptr(GDir) entries = g_dir_open(path, 0, NULL);
    return entries && !g_dir_read_name(entries);
}

gboolean folder_is_full(const char *path)
{
    struct statvfs status;
    if (statvfs(path, &status) != 0 || status.f_blocks == 0)
        return FALSE;
    return (geteuid() == 0 ? status.f_bfree : status.f_bavail) == 0;
}

char *folder_time(void)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    return g_date_time_format(now, "%Y%m%d-%H%M%S");
}
