/* SPDX-License-Identifier: MIT */
/*
 * Ends a test as skipped, and says why: what was not asked must be seen. Of cmocka's own skip() neither compiler
 * nor clang-tidy know that it does not return.
 *
 * Runs in: the tests.
 */
#ifndef SCOPETRACE_TESTS_SKIP_H
#define SCOPETRACE_TESTS_SKIP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define skip_because(...)                                                                                         \
    do {                                                                                                          \
        print_message("SKIP: " __VA_ARGS__);                                                                      \
        print_message("\n");                                                                                      \
        skip();                                                                                                   \
        abort();                                                                                                  \
    } while (0)

#endif
