/* SPDX-License-Identifier: MIT */
/*
 * libbabeltrace2 2.0 loses memory when it meets damage: not ours to mend. To be told apart it takes whole stacks,
 * and the library's plugin still loaded at the end: main() calls keep_plugin_loaded().
 *
 * Runs in: the tests. Include it once per test executable.
 */
#ifndef SCOPETRACE_TESTS_LIBRARY_LEAKS_H
#define SCOPETRACE_TESTS_LIBRARY_LEAKS_H

#include "analyzer/sources/babeltrace/babeltrace.h"

__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "fast_unwind_on_malloc=0";
}

__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:bt_message_iterator_next\nleak:babeltrace-plugin-ctf.so\n";
}

static inline void keep_plugin_loaded(void)
{
    static struct babeltrace *volatile kept;
    kept = babeltrace_open(NULL, NULL);
    (void)kept;
}

#endif
