/* SPDX-License-Identifier: MIT */
/*
 * A hash table from addresses to addresses: open addressing, for the look-up that each hook makes.
 *
 * Runs in: the target, GIL held. Owns neither keys nor values. A zeroed struct is an empty map.
 */
#ifndef SCOPETRACE_AGENT_POINTER_MAP_H
#define SCOPETRACE_AGENT_POINTER_MAP_H

#include <stdint.h>

struct pointer_map_slot {
    const void *key; /* NULL: free */
    void *value;
};

struct pointer_map {
    struct pointer_map_slot *slots;
    uint32_t capacity; /* a power of two, or 0 */
    uint32_t used;
};

/* The value, or NULL. */
void *pointer_map_get(const struct pointer_map *map, const void *key);

/* Adds or replaces; 0 or -ENOMEM. */
int pointer_map_put(struct pointer_map *map, const void *key, void *value);

/* Removes and returns the value; NULL when it was not there. */
void *pointer_map_remove(struct pointer_map *map, const void *key);

/* Empties it and gives its memory back. */
void pointer_map_clear(struct pointer_map *map);

#endif
