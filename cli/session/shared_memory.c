/* SPDX-License-Identifier: MIT */
#include "cli/session/shared_memory.h"

#include <fcntl.h>
#include <glib.h>
#include <unistd.h>

#define FOLDER "/dev/shm"

/* The kernel grants a write lease only to the one process that has the file; a mapping counts as having it. */
static void remove_unused(const char *path)
{
    const int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return;
    if (fcntl(fd, F_SETLEASE, F_WRLCK) == 0)
        unlink(path);
    close(fd);
}

void shared_memory_sweep(void)
{
    g_autoptr(GDir) entries = g_dir_open(FOLDER, 0, NULL);
    if (!entries)
        return;
    for (const char *name; (name = g_dir_read_name(entries));) {
        if (!g_str_has_prefix(name, "lttng-ust-wait-"))
            continue;
        g_autofree char *path = g_build_filename(FOLDER, name, NULL);
        remove_unused(path);
    }
}
