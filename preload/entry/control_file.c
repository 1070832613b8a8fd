/* SPDX-License-Identifier: MIT */
/* Mapping the control file and claiming a slot in it. Runs in: the target. */
#include "preload/entry/control_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static struct control *map_descriptor(int fd)
{
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size < (off_t)sizeof(struct control)) {
        return NULL;
    }
    void *memory = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

struct control *control_file_map(void)
{
    const char *path = secure_getenv(CONTROL_ENV);
    if (path == NULL || path[0] == '\0') {
        return NULL;
    }
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return NULL;
    }
    struct control *control = map_descriptor(fd);
    close(fd);
    if (control != NULL && (control->magic != CONTROL_MAGIC || control->version != CONTROL_VERSION)) {
        munmap(control, sizeof *control);
        return NULL;
    }
    return control;
}

struct control_process *control_file_claim(struct control *control)
{
    for (uint32_t i = 0; control != NULL && i < CONTROL_PROCESSES; i++) {
        uint32_t unused = 0;
        if (__atomic_compare_exchange_n(&control->processes[i].pid, &unused, (uint32_t)getpid(), 0,
                                        __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
            return &control->processes[i];
        }
    }
    return NULL;
}
