/* SPDX-License-Identifier: MIT */
#include "cli/preloadable.h"

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "cli/attach/elf_file.h"

/* The loader distrusts the environment of a program that has more rights than who starts it. */
static const char *privileged(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return NULL;
    if (((status.st_mode & S_ISUID) && status.st_uid != geteuid()) ||
        ((status.st_mode & S_ISGID) && status.st_gid != getegid()))
        return "it is setuid or setgid, where the loader ignores LD_PRELOAD; trace it as its owner";
    if (geteuid() != 0 && getxattr(path, "security.capability", NULL, 0) > 0)
        return "it has file capabilities (getcap), with which the loader ignores LD_PRELOAD; trace a copy without";
    return NULL;
}

static bool is_static(const char *path)
{
    ELF_FILE_AUTO file = elf_file_open(path, NULL);
    if (!file)
        return false;
    g_autoptr(GPtrArray) needed = elf_file_needed(file);
    return needed->len == 0;
}

const char *preloadable_refusal(const char *program)
{
    g_autofree char *path = g_find_program_in_path(program);
    const char *refusal = path ? privileged(path) : NULL;
    if (refusal || !path)
        return refusal;
    return is_static(path) ? "it is statically linked, and nothing can be preloaded into it" : NULL;
}
