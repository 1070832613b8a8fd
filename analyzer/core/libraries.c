/* SPDX-License-Identifier: MIT */
#include "analyzer/core/libraries.h"

#define MOST_LIBRARIES 4096u

/* Strings in world->strings. */
struct library {
    uint64_t begin, end, bias;
    const char *path, *build_id;
};

void libraries_init(struct world *world)
{
    world->libraries = g_array_new(FALSE, FALSE, sizeof(struct library));
}

void libraries_free(struct world *world)
{
    g_array_unref(world->libraries);
}

static void drop_overlapping(GArray *libraries, uint64_t begin, uint64_t end)
{
    for (guint i = libraries->len; i-- > 0;) {
        const struct library *library = &g_array_index(libraries, struct library, i);
        if (library->begin < end && begin < library->end)
            g_array_remove_index(libraries, i);
    }
}

void libraries_add(struct world *world, const struct event_library *event)
{
    const struct library library = {event->begin, event->end, event->bias,
                                    g_string_chunk_insert_const(world->strings, event->path),
                                    g_string_chunk_insert_const(world->strings, event->build_id)};
    if (event->begin >= event->end)
        return;
    drop_overlapping(world->libraries, event->begin, event->end);
    if (world->libraries->len == MOST_LIBRARIES)
        g_array_remove_index(world->libraries, 0);
    g_array_append_val(world->libraries, library);
}

static const struct library *find(const struct world *world, uint64_t address)
{
    for (guint i = 0; i < world->libraries->len; i++) {
        const struct library *library = &g_array_index(world->libraries, struct library, i);
        if (address >= library->begin && address < library->end)
            return library;
    }
    return NULL;
}

struct native_frame *libraries_name(const struct world *world, const uint64_t *addresses, uint32_t count)
{
    struct native_frame *frames = g_new0(struct native_frame, count);
    for (uint32_t i = 0; i < count; i++) {
        /* A return address may be the first of the next function, or of nothing. */
        const uint64_t address = addresses[i] ? addresses[i] - 1 : 0;
        const struct library *library = find(world, address);
        frames[i].address = addresses[i];
        if (!library)
            continue;
        frames[i].library = *library->path ? g_strdup(library->path) : NULL;
        frames[i].build_id = *library->build_id ? g_strdup(library->build_id) : NULL;
        frames[i].offset = addresses[i] - library->bias;
    }
    return frames;
}
