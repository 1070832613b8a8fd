/* SPDX-License-Identifier: MIT */
#include "analyzer/core/serial_table.h"

#include <string.h>

#include "analyzer/core/cache.h"

enum { FIRST_BITS = 6 };

static void put_new(struct serial_table *table, uint64_t serial, void *item)
{
    uint32_t mask = (1u << table->bits) - 1, at = serial_home(table, serial);
    while (table->slots[at].serial)
        at = (at + 1) & mask;
    table->slots[at] = (struct serial_slot){serial, item};
    table->count++;
}

static void grow(struct serial_table *table)
{
    struct serial_table old = *table;
    table->bits = old.bits ? old.bits + 1 : FIRST_BITS;
    size_t size = sizeof(struct serial_slot) << table->bits;
    table->slots = memset(cache_alloc(size), 0, size);
    table->count = 0;
    for (uint32_t i = 0; old.bits && i < 1u << old.bits; i++)
        if (old.slots[i].serial)
            put_new(table, old.slots[i].serial, old.slots[i].item);
    free(old.slots);
}

static struct serial_slot *slot_of(const struct serial_table *table, uint64_t serial)
{
    if (!table->count || !serial)
        return NULL;
    uint32_t mask = (1u << table->bits) - 1, at = serial_home(table, serial);
    while (table->slots[at].serial && table->slots[at].serial != serial)
        at = (at + 1) & mask;
    return table->slots[at].serial ? &table->slots[at] : NULL;
}

void *serial_table_put(struct serial_table *table, uint64_t serial, void *item)
{
    g_assert(serial);
    struct serial_slot *slot = slot_of(table, serial);
    if (slot) {
        void *old = slot->item;
        slot->item = item;
        return old;
    }
    if (!table->bits || table->count >= 1u << (table->bits - 1))
        grow(table);
    put_new(table, serial, item);
    return NULL;
}

/* Those after the hole move up to where their search begins, as far as they can: no slot is ever marked. */
static void close_hole(struct serial_table *table, uint32_t hole)
{
    uint32_t mask = (1u << table->bits) - 1;
    for (uint32_t at = (hole + 1) & mask; table->slots[at].serial; at = (at + 1) & mask) {
        uint32_t home = serial_home(table, table->slots[at].serial);
        if (((at - home) & mask) < ((at - hole) & mask))
            continue;
        table->slots[hole] = table->slots[at];
        hole = at;
    }
    table->slots[hole] = (struct serial_slot){0};
}

void *serial_table_take(struct serial_table *table, uint64_t serial)
{
    const struct serial_slot *slot = slot_of(table, serial);
    if (!slot)
        return NULL;
    void *item = slot->item;
    table->count--;
    close_hole(table, (uint32_t)(slot - table->slots));
    return item;
}

GPtrArray *serial_table_items(const struct serial_table *table)
{
    GPtrArray *items = g_ptr_array_sized_new(table->count);
    for (uint32_t i = 0; table->bits && i < 1u << table->bits; i++)
        if (table->slots[i].serial)
            g_ptr_array_add(items, table->slots[i].item);
    return items;
}

void serial_table_clear(struct serial_table *table)
{
    free(table->slots);
    *table = (struct serial_table){0};
}
