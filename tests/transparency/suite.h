/* SPDX-License-Identifier: MIT */
/*
 * The suites of other people that are found here, cut into parts: a module of tests, run by a process of its own.
 *
 * Runs in: a test.
 */
#ifndef SCOPETRACE_TESTS_TRANSPARENCY_SUITE_H
#define SCOPETRACE_TESTS_TRANSPARENCY_SUITE_H

#include <glib.h>

struct part {
    char *suite;    /* "CPython 3.12.1 asyncio" */
    char *module;   /* "test_tasks" */
    char *folder;   /* to run it in */
    char *path;     /* PYTHONPATH */
    char **command; /* without the option that says where the results go */
    char *results;  /* that option, up to the name of the file */
};

/* All parts of all suites; with `brief` those that a quarter of a minute is enough for. Free the array with
 * g_ptr_array_unref(). What is missing is said on stdout. */
GPtrArray *suite_parts(gboolean brief);

#endif
