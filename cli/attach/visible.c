/* SPDX-License-Identifier: MIT */
#include "cli/attach/visible.h"

#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/attach/arch.h"
#include "cli/attach/elf_file.h"

static gboolean same(const char *one, const char *other)
{
    struct stat first, second;
    return stat(one, &first) == 0 && stat(other, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

gboolean visible_same_file(const struct attach_target *target, const char *path)
{
    g_autofree char *theirs = proc_path(target->pid, path);
    return same(path, theirs);
}

/* The target's root folder is ours. */
static gboolean same_root(const struct attach_target *target)
{
    return visible_same_file(target, "/") && proc_same_namespace(target->pid, getpid(), "mnt");
}

static gboolean readable_as(const char *path, uid_t uid, gid_t gid)
{
    int status = -1;
    pid_t child = fork();
    if (child == 0)
        _exit(setgroups(0, NULL) == 0 && setresgid(gid, gid, gid) == 0 && setresuid(uid, uid, uid) == 0 &&
                      access(path, R_OK) == 0
                  ? 0
                  : 1);
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

/* /proc/PID/root may be walked by its owner and by root alone: where the path is ours too, it is looked at
 * directly, else only the file's own mode is asked. */
gboolean visible_readable(const struct attach_target *target, const char *path)
{
    g_autofree char *theirs = proc_path(target->pid, path);
    struct stat found;
    if (geteuid() == target->status.uid || target->status.uid == 0)
        return access(theirs, R_OK) == 0;
    if (visible_same_file(target, path))
        return readable_as(path, target->status.uid, target->status.gid);
    return stat(theirs, &found) == 0 && (found.st_mode & S_IROTH || found.st_uid == target->status.uid);
}

static const char *const library_folders[] = {
    "/lib",
    "/usr/lib",
    "/usr/local/lib",
    "/lib64",
    "/usr/lib64",
#ifdef __x86_64__
    "/lib/x86_64-linux-gnu",
    "/usr/lib/x86_64-linux-gnu",
#elif defined(__aarch64__)
    "/lib/aarch64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
#endif
};

static gboolean has_library(const struct attach_target *target, const char *name)
{
    if (target_mapping(target, name))
        return TRUE;
    for (gsize index = 0; index < G_N_ELEMENTS(library_folders); index++) {
        g_autofree char *path =
            g_strdup_printf("/proc/%d/root%s/%s", (int)target->pid, library_folders[index], name);
        struct stat found;
        if (lstat(path, &found) == 0)
            return TRUE;
    }
    return FALSE;
}

char *visible_missing_library(const struct attach_target *target, const char *path)
{
    ELF_FILE_AUTO file = elf_file_open(path, NULL);
    if (!file || same_root(target))
        return NULL;
    g_autoptr(GPtrArray) needed = elf_file_needed(file);
    for (guint index = 0; index < needed->len; index++) {
        const char *name = g_ptr_array_index(needed, index);
        if (!has_library(target, name))
            return g_strdup(name);
    }
    return NULL;
}
