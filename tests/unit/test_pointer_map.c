/* SPDX-License-Identifier: MIT */
/* The agent's hash table against an array, through growth, collisions and removals in the middle of runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "preload/agent/pointer_map.c"

#define KEYS 1000u
#define STEPS 200000u

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static void agrees_with_an_array(void **state)
{
    static char objects[KEYS * 16];
    void *expected[KEYS] = {NULL};
    struct pointer_map map = {0};
    uint32_t random = 1;

    (void)state;
    for (uint32_t step = 0; step < STEPS; step++) {
        uint32_t i = next_random(&random) % KEYS;
        void *key = &objects[i * 16u];

        if (next_random(&random) % 3) {
            assert_int_equal(pointer_map_put(&map, key, &expected[i]), 0);
            expected[i] = &expected[i];
        } else {
            assert_ptr_equal(pointer_map_remove(&map, key), expected[i]);
            expected[i] = NULL;
        }
        i = next_random(&random) % KEYS;
        assert_ptr_equal(pointer_map_get(&map, &objects[i * 16u]), expected[i]);
    }
    free(map.slots);
}

static void is_empty_when_zeroed(void **state)
{
    const struct pointer_map empty = {0};
    struct pointer_map map = {0};

    (void)state;
    assert_null(pointer_map_get(&empty, state));
    assert_null(pointer_map_remove(&map, state));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_an_array),
        cmocka_unit_test(is_empty_when_zeroed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
