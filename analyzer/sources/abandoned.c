/* SPDX-License-Identifier: MIT */
#include "analyzer/sources/abandoned.h"

#include <dirent.h>
#include <fcntl.h>
#include <glib.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* One that nobody has locked yet is being made. */
#define YOUNG_SECONDS 60
/* No folder of ours is deeper. */
#define MOST_LEVELS 8

#define DIGITS 16

char *abandoned_name(const char *prefix)
{
    return g_strdup_printf("%s%08x%08x", prefix, g_random_int(), g_random_int());
}

/* Traces that people keep may lie there, too, and their names begin as their programs are called. */
static bool is_ours(const char *name, const char *prefix)
{
    if (!g_str_has_prefix(name, prefix))
        return false;
    const char *digits = name + strlen(prefix);
    return strlen(digits) == DIGITS && strspn(digits, "0123456789abcdef") == DIGITS;
}

int abandoned_lock(const char *folder)
{
    const int lock = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) == 0)
        return lock;
    close(lock);
    return -1;
}

static bool is_abandoned(int folder)
{
    struct stat status;
    return fstat(folder, &status) == 0 && (geteuid() == 0 || status.st_uid == geteuid()) &&
           status.st_mtime + YOUNG_SECONDS < time(NULL) && flock(folder, LOCK_EX | LOCK_NB) == 0;
}

static int open_folder(int place, const char *name)
{
    return openat(place, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static DIR *list(int folder)
{
    const int readable = open_folder(folder, ".");
    DIR *entries = readable >= 0 ? fdopendir(readable) : NULL;
    if (!entries && readable >= 0)
        close(readable);
    return entries;
}

static bool is_itself(const char *name)
{
    return g_str_equal(name, ".") || g_str_equal(name, "..");
}

static void empty(int folder, unsigned levels)
{
    DIR *entries = list(folder);
    for (const struct dirent *entry; entries && (entry = readdir(entries));) {
        if (is_itself(entry->d_name) || unlinkat(folder, entry->d_name, 0) == 0 || levels == 0)
            continue;
        const int below = open_folder(folder, entry->d_name);
        if (below < 0)
            continue;
        empty(below, levels - 1);
        close(below);
        unlinkat(folder, entry->d_name, AT_REMOVEDIR);
    }
    if (entries)
        closedir(entries);
}

static void remove_if_abandoned(int place, const char *name)
{
    const int folder = open_folder(place, name);
    if (folder < 0)
        return;
    if (is_abandoned(folder)) {
        empty(folder, MOST_LEVELS);
        unlinkat(place, name, AT_REMOVEDIR);
    }
    close(folder);
}

void abandoned_sweep(int place, const char *prefix)
{
    DIR *entries = list(place);
    for (const struct dirent *entry; entries && (entry = readdir(entries));)
        if (is_ours(entry->d_name, prefix))
            remove_if_abandoned(place, entry->d_name);
    if (entries)
        closedir(entries);
}
