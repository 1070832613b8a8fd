/* SPDX-License-Identifier: MIT */
#include "cli/session/buffers.h"

#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "cli/error.h"

#define SUB_BUFFERS 8u
/* Smaller ones lose events in bursts that ordinary programs have. */
#define LEAST_BYTES (UINT64_C(128) << 10)
#define USUAL_BYTES (UINT64_C(1) << 20)
#define GENEROUS_BYTES (UINT64_C(4) << 20)
/* LTTng writes zeros to all of it before the first event: on machines with very many CPUs that takes time. */
#define MOST_MEMORY (UINT64_C(512) << 20)
/* Measured beside the sub-buffers. */
#define OVERHEAD_BYTES (UINT64_C(76) << 10)
/* Processes at once that per-process buffers leave room for. */
#define PROCESSES 8u

unsigned buffers_possible_cpus(void)
{
    g_autofree char *text = NULL;
    if (g_file_get_contents("/sys/devices/system/cpu/possible", &text, NULL, NULL)) {
        const char *last = strrchr(text, '-');
        const guint64 highest = g_ascii_strtoull(last ? last + 1 : text, NULL, 10);
        if (highest < 1 << 16)
            return (unsigned)highest + 1;
    }
    const long configured = sysconf(_SC_NPROCESSORS_CONF);
    return configured > 0 ? (unsigned)configured : 1;
}

uint64_t buffers_free_bytes(const char *folder)
{
    struct statvfs status;
    if (statvfs(folder, &status) != 0)
        return 0;
    return (uint64_t)status.f_bavail * status.f_frsize;
}

uint64_t buffers_footprint(const struct buffers *buffers, unsigned cpus)
{
    return (buffers->number + 1) * buffers->bytes * cpus + OVERHEAD_BYTES;
}

/* The largest sub-buffers that leave three quarters of the room to others. */
static bool fit(const struct buffers_request *request, uint64_t room, struct buffers *buffers)
{
    const uint64_t share = MIN(room / 4, MOST_MEMORY) / (request->per_process ? PROCESSES : 1);
    const unsigned cpus = buffers_possible_cpus();
    buffers->number = SUB_BUFFERS;
    buffers->bytes = request->generous ? GENEROUS_BYTES : USUAL_BYTES;
    while (buffers->bytes >= LEAST_BYTES && buffers_footprint(buffers, cpus) > share)
        buffers->bytes /= 2;
    return buffers->bytes >= LEAST_BYTES;
}

static gboolean fail_for_want_of_room(uint64_t memory, const char *disk, GError **error)
{
    const struct buffers least = {.bytes = LEAST_BYTES, .number = SUB_BUFFERS};
    g_autofree char *folder = g_path_get_dirname(disk);
    const uint64_t needed = 4 * buffers_footprint(&least, buffers_possible_cpus());
    return cli_fail(error,
                    BUFFERS_MEMORY_FOLDER
                    " too small: %" G_GUINT64_FORMAT " kB free, %" G_GUINT64_FORMAT
                    " kB needed there or in %s; enlarge it (mount -o remount,size=64m " BUFFERS_MEMORY_FOLDER
                    ") or point TMPDIR at a disk",
                    memory / 1024, needed / 1024, folder);
}

gboolean buffers_plan(const struct buffers_request *request, const char *disk, struct buffers *ret, GError **error)
{
    struct buffers buffers = {.on_disk = false};
    const uint64_t memory = buffers_free_bytes(BUFFERS_MEMORY_FOLDER);
    if (!fit(request, memory, &buffers)) {
        buffers.on_disk = true;
        if ((memory < BUFFERS_LEAST_MEMORY && !request->own_memory) ||
            !fit(request, buffers_free_bytes(disk), &buffers))
            return fail_for_want_of_room(memory, disk, error);
    }
    *ret = buffers;
    return TRUE;
}
