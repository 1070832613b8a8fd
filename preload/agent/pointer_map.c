/* SPDX-License-Identifier: MIT */
#include "preload/agent/pointer_map.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "preload/agent/seldom.h"

#define FIRST_CAPACITY 64u

static SELDOM int grow(struct pointer_map *map)
{
    struct pointer_map wider = {.capacity = map->capacity ? map->capacity * 2 : FIRST_CAPACITY, .used = map->used};

    wider.slots = calloc(wider.capacity, sizeof(*wider.slots));
    if (!wider.slots)
        return -ENOMEM;
    for (uint32_t i = 0; i < map->capacity; i++)
        if (map->slots[i].key)
            wider.slots[pointer_map_slot_of(&wider, map->slots[i].key)] = map->slots[i];
    free(map->slots);
    *map = wider;
    return 0;
}

OFTEN int pointer_map_put(struct pointer_map *map, const void *key, void *value)
{
    uint32_t i;

    if (UNLIKELY(map->used * 4 >= map->capacity * 3) && grow(map) < 0)
        return -ENOMEM;
    i = pointer_map_slot_of(map, key);
    if (!map->slots[i].key)
        map->used++;
    map->slots[i] = (struct pointer_map_slot){.key = key, .value = value};
    return 0;
}

/* Closes the gap at `hole`, so that every later entry of its run is still reached from its home. */
static OFTEN void close_gap(struct pointer_map *map, uint32_t hole)
{
    uint32_t mask = map->capacity - 1;

    for (uint32_t i = (hole + 1) & mask; map->slots[i].key; i = (i + 1) & mask) {
        uint32_t home = pointer_map_home(map, map->slots[i].key);

        if (((i - home) & mask) < ((i - hole) & mask))
            continue;
        map->slots[hole] = map->slots[i];
        hole = i;
    }
    map->slots[hole] = (struct pointer_map_slot){NULL, NULL};
}

void *pointer_map_remove(struct pointer_map *map, const void *key)
{
    uint32_t i = map->capacity ? pointer_map_slot_of(map, key) : 0;
    void *value;

    if (!map->capacity || !map->slots[i].key)
        return NULL;
    value = map->slots[i].value;
    close_gap(map, i);
    map->used--;
    return value;
}

OFTEN void pointer_map_remove_value(struct pointer_map *map, const void *key, const void *value)
{
    uint32_t i = map->capacity ? pointer_map_slot_of(map, key) : 0;

    if (!map->capacity || !map->slots[i].key || map->slots[i].value != value)
        return;
    close_gap(map, i);
    map->used--;
}

void **pointer_map_values(const struct pointer_map *map, uint32_t *ret_count)
{
    void **all = calloc(map->used + 1, sizeof(*all));

    *ret_count = 0;
    for (uint32_t i = 0; all && i < map->capacity; i++)
        if (map->slots[i].key)
            all[(*ret_count)++] = map->slots[i].value;
    return all;
}

void pointer_map_clear(struct pointer_map *map)
{
    free(map->slots);
    *map = (struct pointer_map){NULL, 0, 0};
}
