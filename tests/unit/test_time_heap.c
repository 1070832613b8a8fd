/* SPDX-License-Identifier: MIT */
/* What sorts the streams of a trace by time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <glib.h>

#include "analyzer/sources/time_heap.h"

static void what_comes_out_is_sorted(void **state)
{
    (void)state;
    struct time_heap *heap = time_heap_new();
    static uint64_t times[500];
    for (uint32_t i = 0; i < G_N_ELEMENTS(times); i++) {
        times[i] = (i * 7919u) % 251u;
        time_heap_push(heap, times[i], i, &times[i]);
    }
    const uint64_t *last = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(times); i++) {
        const uint64_t *next = time_heap_top(heap);
        assert_true(!last || *last < *next || (*last == *next && last < next));
        last = next;
        time_heap_pop(heap);
    }
    assert_null(time_heap_top(heap));
    time_heap_free(heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_out_is_sorted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
