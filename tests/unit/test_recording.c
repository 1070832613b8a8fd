/* SPDX-License-Identifier: MIT */
/* What LTTng counts, as it is counted here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/session/recording.h"

/* As lttng-consumerd adds up what a buffer says at the end of each of its packets. */
static uint64_t consumer_adds(const uint64_t *said, size_t count)
{
    uint64_t sum = 0, last = 0;
    for (size_t i = 0; i < count; i++) {
        sum += said[i] < last ? (UINT64_C(1) << 63) - last + said[i] : said[i] - last;
        last = said[i];
    }
    return sum;
}

static void counts_that_go_down_are_no_overflow(void **state)
{
    static const uint64_t rising[] = {0, 40, 40, 5617}, falling[] = {0, 5620, 5617}, twice[] = {9, 3, 8, 7};
    (void)state;
    assert_int_equal(recording_counted(consumer_adds(rising, 4)), 5617);
    assert_int_equal(recording_counted(consumer_adds(falling, 3)), 5617);
    assert_int_equal(recording_counted(consumer_adds(twice, 4)), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(counts_that_go_down_are_no_overflow)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
