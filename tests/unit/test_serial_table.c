/* SPDX-License-Identifier: MIT */
/* The table of serials, beside GLib's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "analyzer/core/serial_table.h"

enum { STEPS = 200000, SERIALS = 700 };

static struct serial_item *item_of(uint64_t serial)
{
    struct serial_item *item = g_new0(struct serial_item, 1);
    item->serial = serial;
    return item;
}

/* Serials that crowd, that lie far apart, and that differ in their upper half only. */
static uint64_t serial_of(GRand *random)
{
    uint64_t number = (uint64_t)g_rand_int_range(random, 1, SERIALS);
    switch (number % 3) {
    case 0:
        return number;
    case 1:
        return number << 32;
    default:
        return UINT64_MAX - number;
    }
}

static void takes_and_puts_as_another_table_does(void **state)
{
    (void)state;
    struct serial_table table = {0};
    g_autoptr(GHashTable) other = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    g_autoptr(GRand) random = g_rand_new_with_seed(7);
    for (int i = 0; i < STEPS; i++) {
        uint64_t serial = serial_of(random);
        void *known = g_hash_table_lookup(other, &serial);
        assert_ptr_equal(serial_table_find(&table, serial), known);
        if (g_rand_boolean(random)) {
            struct serial_item *item = item_of(serial);
            assert_ptr_equal(serial_table_put(&table, item), known);
            g_hash_table_replace(other, g_memdup2(&serial, sizeof serial), item);
        } else {
            assert_ptr_equal(serial_table_take(&table, serial), known);
            g_hash_table_remove(other, &serial);
        }
        g_free(known);
        assert_int_equal(table.count, g_hash_table_size(other));
    }
    g_autoptr(GPtrArray) items = serial_table_items(&table);
    assert_int_equal(items->len, table.count);
    g_ptr_array_set_free_func(items, g_free);
    serial_table_clear(&table);
    assert_null(serial_table_find(&table, 1));
}

static void an_empty_table_has_nothing(void **state)
{
    (void)state;
    struct serial_table table = {0};
    assert_null(serial_table_find(&table, 0));
    assert_null(serial_table_take(&table, 5));
    g_autoptr(GPtrArray) items = serial_table_items(&table);
    assert_int_equal(items->len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_and_puts_as_another_table_does),
        cmocka_unit_test(an_empty_table_has_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
