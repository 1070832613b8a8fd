/* SPDX-License-Identifier: MIT */
#include "preload/agent/native_stack.h"

#define UNW_LOCAL_ONLY
#include <elf.h>
#include <libunwind.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "preload/agent/emit.h"
#include "preload/agent/recording.h"

#define LIBRARIES 512u
#define PATH_BYTES 512u
#define BUILD_ID_BYTES 32u

struct library {
    uint64_t begin, end, bias;
    char path[PATH_BYTES];
    char build_id[2 * BUILD_ID_BYTES + 1];
};

/* Copies: no event is emitted while the loader holds its lock. */
struct listing {
    struct library *items;
    uint32_t count;
};

/* What the last announcement took account of. */
static struct {
    uint32_t generation;
    uint64_t adds, subs;
} announced;

/* ---- what is loaded ---- */

static int read_changes(struct dl_phdr_info *info, size_t size, void *data)
{
    uint64_t *changes = data;

    (void)size;
    changes[0] = info->dlpi_adds;
    changes[1] = info->dlpi_subs;
    return 1;
}

static void take_range(struct library *library, const struct dl_phdr_info *info, const ElfW(Phdr) * header)
{
    uint64_t begin = info->dlpi_addr + header->p_vaddr;
    uint64_t end = begin + header->p_memsz;

    if (!library->end || begin < library->begin)
        library->begin = begin;
    if (end > library->end)
        library->end = end;
}

static void take_build_id(struct library *library, const uint8_t *bytes, uint32_t count)
{
    if (count > BUILD_ID_BYTES)
        return;
    for (uint32_t i = 0; i < count; i++)
        snprintf(library->build_id + 2 * i, 3, "%02x", bytes[i]);
}

static void read_notes(struct library *library, const struct dl_phdr_info *info, const ElfW(Phdr) * header)
{
    const uint8_t *place = (const uint8_t *)(info->dlpi_addr + header->p_vaddr); /* NOLINT: mapped there */
    uint64_t left = header->p_memsz;

    while (left >= sizeof(ElfW(Nhdr))) {
        ElfW(Nhdr) note;
        memcpy(&note, place, sizeof(note));
        uint64_t name = ((uint64_t)note.n_namesz + 3) & ~UINT64_C(3);
        uint64_t whole = sizeof(note) + name + (((uint64_t)note.n_descsz + 3) & ~UINT64_C(3));

        if (whole > left)
            return;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && !memcmp(place + sizeof(note), "GNU", 4))
            take_build_id(library, place + sizeof(note) + name, note.n_descsz);
        place += whole;
        left -= whole;
    }
}

static void take_path(struct library *library, const char *name)
{
    ssize_t length;

    if (name && *name) {
        snprintf(library->path, sizeof(library->path), "%s", name);
        return;
    }
    length = readlink("/proc/self/exe", library->path, sizeof(library->path) - 1);
    library->path[length > 0 ? length : 0] = '\0';
}

static int list(struct dl_phdr_info *info, size_t size, void *data)
{
    struct listing *listing = data;
    struct library *library = &listing->items[listing->count];

    (void)size;
    if (listing->count == LIBRARIES)
        return 1;
    memset(library, 0, sizeof(*library));
    library->bias = info->dlpi_addr;
    for (uint32_t i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type == PT_LOAD)
            take_range(library, info, &info->dlpi_phdr[i]);
        if (info->dlpi_phdr[i].p_type == PT_NOTE)
            read_notes(library, info, &info->dlpi_phdr[i]);
    }
    /* only the executable, which comes first, has no name; the kernel's own object is no file */
    if (listing->count == 0 || (info->dlpi_name && *info->dlpi_name))
        take_path(library, info->dlpi_name);
    listing->count++;
    return 0;
}

static void announce(void)
{
    struct listing listing = {.items = malloc(LIBRARIES * sizeof(struct library))};

    if (!listing.items)
        return;
    dl_iterate_phdr(list, &listing);
    for (uint32_t i = 0; i < listing.count; i++) {
        const struct library *library = &listing.items[i];
        struct st_library event = {.begin = library->begin,
                                   .end = library->end,
                                   .bias = library->bias,
                                   .path = library->path,
                                   .build_id = library->build_id};

        emit_library(&event);
    }
    free(listing.items);
}

static void announce_changes(void)
{
    uint64_t changes[2] = {0, 0};

    dl_iterate_phdr(read_changes, changes);
    if (announced.generation == recording_generation && announced.adds == changes[0] &&
        announced.subs == changes[1])
        return;
    announced.generation = recording_generation;
    announced.adds = changes[0];
    announced.subs = changes[1];
    announce();
}

/* ---- the stack ---- */

/* Where this object itself lies. */
static struct library own;

static int find_own(struct dl_phdr_info *info, size_t size, void *data)
{
    struct library library = {0};

    (void)size;
    (void)data;
    for (uint32_t i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD)
            take_range(&library, info, &info->dlpi_phdr[i]);
    if ((uintptr_t)&own < library.begin || (uintptr_t)&own >= library.end)
        return 0;
    own = library;
    return 1;
}

static bool is_own(const void *address)
{
    return (uintptr_t)address >= own.begin && (uintptr_t)address < own.end;
}

uint32_t native_stack(uint64_t addresses[static NATIVE_STACK_DEPTH])
{
    void *frames[NATIVE_STACK_DEPTH];
    int depth = unw_backtrace(frames, (int)NATIVE_STACK_DEPTH);
    uint32_t count = 0;

    if (!own.end)
        dl_iterate_phdr(find_own, NULL);
    for (int i = 0; i < depth; i++)
        if (!is_own(frames[i]))
            addresses[count++] = (uint64_t)(uintptr_t)frames[i];
    if (count)
        announce_changes();
    return count;
}
