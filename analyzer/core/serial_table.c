/* SPDX-License-Identifier: MIT */
#include "analyzer/core/serial_table.h"

#include <string.h>

#include "analyzer/core/cache.h"

/* More than one group of neighbours, or nothing is left of the hash. */
enum { FIRST_BITS = SERIALS_TOGETHER_BITS + 1 };

static size_t chain_count(const struct serial_table *table)
{
    return table->chains ? (size_t)1 << table->bits : 0;
}

static void link_item(struct serial_table *table, struct serial_item *item)
{
    struct serial_item **chain = serial_chain(table, item->serial);
    item->next = *chain;
    *chain = item;
    table->count++;
}

static void grow(struct serial_table *table)
{
    struct serial_table old = *table;
    table->bits = old.chains ? old.bits + 1 : FIRST_BITS;
    const size_t size = sizeof(struct serial_item *) << table->bits;
    table->chains = memset(cache_alloc(size), 0, size);
    table->count = 0;
    for (size_t i = 0; i < chain_count(&old); i++)
        for (struct serial_item *item = old.chains[i], *next; item; item = next) {
            next = item->next;
            link_item(table, item);
        }
    free(old.chains);
}

void *serial_table_take(struct serial_table *table, uint64_t serial)
{
    if (!table->count)
        return NULL;
    struct serial_item **place = serial_chain(table, serial), *item = *place;
    for (; item && item->serial != serial; item = *place)
        place = &item->next;
    if (!item)
        return NULL;
    *place = item->next;
    table->count--;
    return item;
}

void *serial_table_put(struct serial_table *table, struct serial_item *item)
{
    g_assert(item->serial);
    void *old = serial_table_take(table, item->serial);
    if (table->count == chain_count(table))
        grow(table);
    link_item(table, item);
    return old;
}

GPtrArray *serial_table_items(const struct serial_table *table)
{
    GPtrArray *items = g_ptr_array_sized_new(table->count);
    for (size_t i = 0; i < chain_count(table); i++)
        for (struct serial_item *item = table->chains[i]; item; item = item->next)
            g_ptr_array_add(items, item);
    return items;
}

void serial_table_clear(struct serial_table *table)
{
    free(table->chains);
    *table = (struct serial_table){0};
}
