/* SPDX-License-Identifier: MIT */
/*
 * Finds a task or a scope by its serial: asked several times for each event, and a few nanoseconds are what an
 * event may cost.
 *
 * Runs in: the command. Internal to analyzer/core. Items are borrowed. Single-threaded.
 */
#ifndef SCOPETRACE_CORE_SERIAL_TABLE_H
#define SCOPETRACE_CORE_SERIAL_TABLE_H

#include <glib.h>
#include <stdint.h>

enum { SERIALS_TOGETHER = 4 }; /* as many slots as a line of the cache has */

struct serial_slot {
    uint64_t serial; /* 0: empty */
    void *item;
};

/* Zeroed is empty. */
struct serial_table {
    struct serial_slot *slots;
    uint32_t bits; /* there are 2^bits slots, of which at least half are empty */
    uint32_t count;
};

/* Where a serial's search begins. Serials of the same age are often asked for together, so a few neighbours share
 * a line of the cache; such groups are spread, so that no run of used slots grows long. */
static inline uint32_t serial_home(const struct serial_table *table, uint64_t serial)
{
    uint64_t group = serial / SERIALS_TOGETHER * UINT64_C(0x9e3779b97f4a7c15);
    uint32_t base = (uint32_t)(group >> (64 - table->bits)) & ~(uint32_t)(SERIALS_TOGETHER - 1);
    return base + (uint32_t)(serial % SERIALS_TOGETHER);
}

/* NULL: not there, or serial 0. */
static inline void *serial_table_find(const struct serial_table *table, uint64_t serial)
{
    if (!table->count || !serial)
        return NULL;
    uint32_t mask = (1u << table->bits) - 1;
    for (uint32_t at = serial_home(table, serial);; at = (at + 1) & mask) {
        const struct serial_slot *slot = &table->slots[at];
        if (slot->serial == serial)
            return slot->item;
        if (!slot->serial)
            return NULL;
    }
}

/* Where the search will begin is fetched. */
static inline void serial_table_expect(const struct serial_table *table, uint64_t serial)
{
    if (table->bits)
        __builtin_prefetch(&table->slots[serial_home(table, serial)]);
}

/* Puts an item in, in the place of one that may be there, which is returned. The serial is not 0. */
void *serial_table_put(struct serial_table *table, uint64_t serial, void *item);
/* Takes an item out. NULL: not there. */
void *serial_table_take(struct serial_table *table, uint64_t serial);
/* All items, in no order. Free the array. */
GPtrArray *serial_table_items(const struct serial_table *table);
/* Forgets all items. */
void serial_table_clear(struct serial_table *table);

#endif
