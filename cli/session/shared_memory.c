/* SPDX-License-Identifier: MIT */
#include "cli/session/shared_memory.h"

#include <dirent.h>
#include <fcntl.h>
#include <glib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "/dev/shm"
/* As LTTng-UST 2.13 calls it; later versions have it in the folder that they are given. */
#define PAGE "lttng-ust-wait-8-%u"
/* Each time another keeper has removed what we have just opened. */
#define TRIES 100

struct shared_memory shared_memory_open(void)
{
    const struct shared_memory memory = {.folder = open(FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC), .page = -1};
    return memory;
}

/* One that is removed while we open it, or before, is of no use. -1: there is none. */
static int open_page(int folder, const char *name)
{
    struct stat status;
    const int fd = openat(folder, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0640);
    if (fd < 0)
        return -1;
    if (fstat(fd, &status) == 0 && status.st_nlink > 0 &&
        (status.st_size > 0 || ftruncate(fd, sysconf(_SC_PAGESIZE)) == 0))
        return fd;
    close(fd);
    return -1;
}

void shared_memory_hold(struct shared_memory *memory)
{
    g_autofree char *name = g_strdup_printf(PAGE, geteuid());
    for (unsigned tries = 0; memory->page < 0 && tries < TRIES; tries++)
        memory->page = open_page(memory->folder, name);
}

/* The kernel grants a write lease only to the one process that has the file; a mapping counts as having it. */
static void remove_unused(int folder, const char *name)
{
    const int fd = openat(folder, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return;
    if (fcntl(fd, F_SETLEASE, F_WRLCK) == 0)
        unlinkat(folder, name, 0);
    close(fd);
}

void shared_memory_sweep(struct shared_memory *memory)
{
    if (memory->page >= 0)
        close(memory->page);
    DIR *entries = memory->folder >= 0 ? fdopendir(memory->folder) : NULL;
    for (const struct dirent *entry; entries && (entry = readdir(entries));)
        if (g_str_has_prefix(entry->d_name, "lttng-ust-wait-"))
            remove_unused(memory->folder, entry->d_name);
    if (entries)
        closedir(entries);
    *memory = (struct shared_memory){-1, -1};
}
