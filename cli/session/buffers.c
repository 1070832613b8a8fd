/* SPDX-License-Identifier: MIT */
#include "cli/session/buffers.h"

#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "cli/error.h"

#define SUB_BUFFERS 8u
/* Smaller ones lose events in bursts that ordinary programs have. */
#define LEAST_BYTES (UINT64_C(128) << 10)
/* A page: LTTng has none smaller. */
#define SMALLEST_BYTES (UINT64_C(4) << 10)
#define USUAL_BYTES (UINT64_C(1) << 20)
#define GENEROUS_BYTES (UINT64_C(4) << 20)
/* LTTng writes zeros to all of it before the first event: on machines with very many CPUs that takes time. */
#define MOST_MEMORY (UINT64_C(512) << 20)
/* Of a flight recorder. No event is larger than the smallest sub-buffer. */
#define RING_LEAST_BYTES (UINT64_C(16) << 10)
#define RING_LEAST_BUFFERS 4u
/* Of a CPU. LTTng writes zeros to all of it while the program waits, and that for three seconds. */
#define RING_MOST_BYTES (UINT64_C(1) << 30)
#define RING_MOST_BUFFERS 16u
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

static uint64_t power_of_two(uint64_t least)
{
    uint64_t power = SMALLEST_BYTES;
    while (power < least)
        power *= 2;
    return power;
}

/* A file system in memory may promise more than there is. */
static uint64_t half_of_memory(void)
{
    const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    return pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page / 2 : UINT64_MAX;
}

static uint64_t footprint_of_all(const struct buffers_request *request, const struct buffers *buffers)
{
    return buffers_footprint(buffers, buffers_possible_cpus()) * MAX(request->sessions, 1);
}

/* What the user asked for may take all that there is. */
static bool fit_wanted(const struct buffers_request *request, uint64_t room, struct buffers *buffers)
{
    buffers->number = SUB_BUFFERS;
    buffers->bytes = power_of_two(request->wanted_bytes / SUB_BUFFERS);
    return footprint_of_all(request, buffers) <= MIN(room, half_of_memory());
}

/* The largest sub-buffers that leave three quarters of the room to others. */
static bool fit(const struct buffers_request *request, uint64_t room, struct buffers *buffers)
{
    if (request->wanted_bytes)
        return fit_wanted(request, room, buffers);
    const uint64_t share = MIN(room / 4, MOST_MEMORY) / (request->per_process ? PROCESSES : 1);
    buffers->number = SUB_BUFFERS;
    buffers->bytes = request->generous ? GENEROUS_BYTES : USUAL_BYTES;
    while (buffers->bytes >= LEAST_BYTES && footprint_of_all(request, buffers) > share)
        buffers->bytes /= 2;
    return buffers->bytes >= LEAST_BYTES;
}

static uint64_t room_needed(const struct buffers_request *request)
{
    struct buffers buffers = {.bytes = LEAST_BYTES, .number = SUB_BUFFERS};
    if (request->wanted_bytes)
        fit_wanted(request, 0, &buffers);
    return footprint_of_all(request, &buffers) * (request->wanted_bytes ? 1 : 4);
}

static gboolean fail_for_want_of_room(const struct buffers_request *request, uint64_t memory, const char *disk,
                                      GError **error)
{
    g_autofree char *folder = g_path_get_dirname(disk);
    const uint64_t needed = room_needed(request);
    return cli_fail(error,
                    BUFFERS_MEMORY_FOLDER
                    " too small: %" G_GUINT64_FORMAT " kB free, %" G_GUINT64_FORMAT
                    " kB needed there or in %s; enlarge it (mount -o remount,size=%" G_GUINT64_FORMAT
                    "m " BUFFERS_MEMORY_FOLDER ") or point TMPDIR at a disk",
                    memory / 1024, needed / 1024, folder, MAX(64, (needed >> 20) + 1));
}

/* A disk does not help: LTTng wants a little of it all the same. */
static gboolean fail_for_want_of_memory(uint64_t memory, GError **error)
{
    return cli_fail(error,
                    BUFFERS_MEMORY_FOLDER
                    " too small: %" G_GUINT64_FORMAT " kB free, %" G_GUINT64_FORMAT
                    " kB needed at least; enlarge it (mount -o remount,size=64m " BUFFERS_MEMORY_FOLDER
                    ", in a container --shm-size=64m)",
                    memory / 1024, BUFFERS_LEAST_MEMORY / 1024);
}

gboolean buffers_plan(const struct buffers_request *request, const char *disk, struct buffers *ret, GError **error)
{
    struct buffers buffers = {.on_disk = false};
    const uint64_t memory = buffers_free_bytes(BUFFERS_MEMORY_FOLDER);
    if (!fit(request, memory, &buffers)) {
        buffers.on_disk = true;
        if (memory < BUFFERS_LEAST_MEMORY && !request->own_memory)
            return fail_for_want_of_memory(memory, error);
        if (!fit(request, buffers_free_bytes(disk), &buffers))
            return fail_for_want_of_room(request, memory, disk, error);
    }
    *ret = buffers;
    return TRUE;
}

/* The larger their number, the less of the ring is lost when the oldest is written over. */
static struct buffers divide_ring(uint64_t ring)
{
    struct buffers buffers = {.bytes = RING_LEAST_BYTES, .number = RING_MOST_BUFFERS};
    while (buffers.number > RING_LEAST_BUFFERS && buffers.bytes * buffers.number > ring)
        buffers.number /= 2;
    while (buffers.bytes * 2 * buffers.number <= ring)
        buffers.bytes *= 2;
    return buffers;
}

gboolean buffers_plan_ring(uint64_t total, struct buffers *ret, GError **error)
{
    const unsigned cpus = buffers_possible_cpus();
    const uint64_t least = RING_LEAST_BYTES * RING_LEAST_BUFFERS * cpus;
    const uint64_t room = MIN(buffers_free_bytes(BUFFERS_MEMORY_FOLDER), half_of_memory());
    if (total < least)
        return cli_fail(error,
                        "--flight-recorder: %" G_GUINT64_FORMAT
                        " kB is too little for %u CPUs; give %" G_GUINT64_FORMAT "k or more",
                        total / 1024, cpus, least / 1024);
    if (total / cpus > RING_MOST_BYTES)
        return cli_fail(error,
                        "--flight-recorder: %" G_GUINT64_FORMAT
                        " MB is too much for %u CPUs; give %" G_GUINT64_FORMAT "M or less",
                        total >> 20, cpus, RING_MOST_BYTES * cpus >> 20);
    const struct buffers buffers = divide_ring(total / cpus);
    const uint64_t needed = buffers_footprint(&buffers, cpus);
    if (needed > room)
        return cli_fail(error,
                        "--flight-recorder: %" G_GUINT64_FORMAT " MB of " BUFFERS_MEMORY_FOLDER
                        " are needed, %" G_GUINT64_FORMAT " MB are free; give less, or enlarge it (mount -o "
                        "remount,size=%" G_GUINT64_FORMAT "m " BUFFERS_MEMORY_FOLDER ")",
                        (needed >> 20) + 1, room >> 20, (needed >> 19) + 2);
    *ret = buffers;
    return TRUE;
}

uint64_t buffers_ring(const struct buffers *buffers)
{
    return buffers->bytes * buffers->number;
}

char *buffers_advice(const struct buffers *buffers)
{
    const struct buffers larger = {.bytes = 4 * buffers->bytes, .number = buffers->number};
    const uint64_t megabytes = (buffers_footprint(&larger, buffers_possible_cpus()) >> 20) + 1;
    const uint64_t kilobytes = larger.bytes * larger.number >> 10;
    return g_strdup_printf(
        "--buffer-size %" G_GUINT64_FORMAT "k makes the trace buffers four times as large (%" G_GUINT64_FORMAT
        " MB in " BUFFERS_MEMORY_FOLDER " or TMPDIR; in a container --shm-size raises the former); "
        "--lossless lets the program wait for room instead",
        kilobytes, megabytes);
}
