/* SPDX-License-Identifier: MIT */
/*
 * The lines of packaging/projects.txt.
 *
 * Runs in: a test.
 */
#ifndef SCOPETRACE_TESTS_PROJECTS_H
#define SCOPETRACE_TESTS_PROJECTS_H

#include "tests/transparency/suite.h"

struct project {
    char *name;       /* "httpcore-1.0.2-anyio-4.3.0" */
    char *package;    /* "httpcore 1.0.2" */
    char *anyio;      /* "4.3.0" */
    char *python;     /* "3.12.1" */
    char *expected;   /* "anyio#716" or "none" */
    struct part part; /* its tests, in one */
};

/* Those that are laid out below BUILD/projects; the others are named on stdout. Free with g_ptr_array_unref(). */
GPtrArray *projects_found(void);

#endif
