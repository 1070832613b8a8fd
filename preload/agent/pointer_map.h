/* SPDX-License-Identifier: MIT */
/*
 * A hash table from addresses to addresses: open addressing, for the look-up that each hook makes.
 *
 * Runs in: the target, GIL held. Owns neither keys nor values. A zeroed struct is an empty map.
 */
#ifndef SCOPETRACE_AGENT_POINTER_MAP_H
#define SCOPETRACE_AGENT_POINTER_MAP_H

#include <stddef.h>
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

/* Where the search for a key begins. */
static inline uint32_t pointer_map_home(const struct pointer_map *map, const void *key)
{
    /* Fibonacci hashing: objects are aligned, the low bits say nothing. */
    uint64_t mixed = ((uint64_t)(uintptr_t)key >> 4) * UINT64_C(0x9E3779B97F4A7C15);

    return (uint32_t)(mixed >> 32) & (map->capacity - 1);
}

/* The slot that holds key, or the free one where it belongs: there is one. Not of an empty map. */
static inline uint32_t pointer_map_slot_of(const struct pointer_map *map, const void *key)
{
    uint32_t i = pointer_map_home(map, key);

    while (map->slots[i].key && map->slots[i].key != key)
        i = (i + 1) & (map->capacity - 1);
    return i;
}

/* The value, or NULL. */
static inline void *pointer_map_get(const struct pointer_map *map, const void *key)
{
    return map->capacity ? map->slots[pointer_map_slot_of(map, key)].value : NULL;
}

/* Adds or replaces; 0 or -ENOMEM. */
int pointer_map_put(struct pointer_map *map, const void *key, void *value);

/* Removes and returns the value; NULL when it was not there. */
void *pointer_map_remove(struct pointer_map *map, const void *key);
/* Removes the key if this is its value. */
void pointer_map_remove_value(struct pointer_map *map, const void *key, const void *value);

/* All values: to be freed; NULL without memory. */
void **pointer_map_values(const struct pointer_map *map, uint32_t *ret_count);

/* Empties it and gives its memory back. */
void pointer_map_clear(struct pointer_map *map);

#endif
