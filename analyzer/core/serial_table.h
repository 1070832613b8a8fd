/* SPDX-License-Identifier: MIT */
/*
 * Finds a task or a scope by its serial: asked several times for each event, and a few nanoseconds are what an
 * event may cost. Items are linked into chains by a member of their own, so that putting one in and taking one out
 * touches nothing else.
 *
 * Runs in: the command. Internal to analyzer/core. Items are borrowed. Single-threaded.
 */
#ifndef SCOPETRACE_CORE_SERIAL_TABLE_H
#define SCOPETRACE_CORE_SERIAL_TABLE_H

#include <glib.h>
#include <stdint.h>

/* Serials of the same age are asked for together: so many have chains that lie side by side. */
enum { SERIALS_TOGETHER_BITS = 6 };

/* What an item begins with. */
struct serial_item {
    uint64_t serial; /* not 0; never changes while the item is in a table */
    struct serial_item *next;
};

/* Zeroed is empty. */
struct serial_table {
    struct serial_item **chains;
    uint32_t bits; /* there are 2^bits chains, no fewer than items */
    uint32_t count;
};

/* The table must have chains. */
static inline struct serial_item **serial_chain(const struct serial_table *table, uint64_t serial)
{
    const uint64_t group = (serial >> SERIALS_TOGETHER_BITS) * UINT64_C(0x9e3779b97f4a7c15);
    const uint64_t place = serial & ((1u << SERIALS_TOGETHER_BITS) - 1);
    return &table->chains[(group >> (64 - table->bits + SERIALS_TOGETHER_BITS) << SERIALS_TOGETHER_BITS) | place];
}

/* NULL: not there, or serial 0. */
static inline void *serial_table_find(const struct serial_table *table, uint64_t serial)
{
    struct serial_item *item = table->count ? *serial_chain(table, serial) : NULL;
    while (item && item->serial != serial)
        item = item->next;
    return item;
}

/* What a search will look at is fetched: where its chain begins, and, once that has arrived, the newest of the
 * chain. */
static inline void serial_table_expect_chain(const struct serial_table *table, uint64_t serial)
{
    if (table->count)
        __builtin_prefetch(serial_chain(table, serial));
}
static inline void serial_table_expect_item(const struct serial_table *table, uint64_t serial)
{
    if (table->count)
        __builtin_prefetch(*serial_chain(table, serial));
}

/* Puts an item in, in the place of one of the same serial that may be there, which is returned. */
void *serial_table_put(struct serial_table *table, struct serial_item *item);
/* Takes an item out. NULL: not there. */
void *serial_table_take(struct serial_table *table, uint64_t serial);
/* All items, in no order. Free the array. */
GPtrArray *serial_table_items(const struct serial_table *table);
/* Forgets all items. */
void serial_table_clear(struct serial_table *table);

#endif
