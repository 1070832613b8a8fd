/* SPDX-License-Identifier: MIT */
#include "cli/attach/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "cli/error.h"

int attach_lock(pid_t pid, GError **error)
{
    g_autofree char *path = g_strdup_printf("/proc/%d", (int)pid);
    int lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock < 0) {
        cli_fail(error, "has ended");
        return -1;
    }
    if (flock(lock, LOCK_EX | LOCK_NB) == 0)
        return lock;
    close(lock);
    cli_fail(error, "is attached to by another scopetrace: wait until that has ended");
    return -1;
}
