/* SPDX-License-Identifier: MIT */
/*
 * The file that a test gives to --providers, in the test's own folder.
 *
 * Runs in: the tests.
 */
#ifndef SCOPETRACE_TESTS_DESCRIPTION_H
#define SCOPETRACE_TESTS_DESCRIPTION_H

#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/integration/command.h"

static inline char *description(void)
{
    return g_build_filename(command_folder(), "providers.toml", NULL);
}

static inline void describe(const char *text)
{
    g_autofree char *path = description();
    assert_true(g_file_set_contents(path, text, -1, NULL));
}

static inline int remove_description(void **state)
{
    g_autofree char *path = description();
    g_autofree char *report = g_build_filename(command_folder(), "report.json", NULL);
    g_unlink(path);
    g_unlink(report);
    return command_teardown(state);
}

#endif
