/* SPDX-License-Identifier: MIT */
/*
 * A part, plain and traced, side by side. A test whose outcomes differ is run again, with its part, a few times in
 * both manners: it is flaky if it is so without scopetrace, or if it never differs again.
 *
 * Runs in: a test.
 */
#ifndef SCOPETRACE_TESTS_TRANSPARENCY_COMPARISON_H
#define SCOPETRACE_TESTS_TRANSPARENCY_COMPARISON_H

#include "tests/transparency/trial.h"

struct comparison {
    const struct part *part; /* borrowed */
    GHashTable *outcomes[2]; /* by manner, of the first trial */
    double seconds[2];       /* by manner, of the first trial: of the wall clock */
    double processor[2];     /* and of all its processes */
    struct seen seen;
    GPtrArray *flaky, *different; /* lines to print */
};

/* Runs the part. Free with comparison_free(). */
struct comparison *comparison_new(const struct part *part);
void comparison_free(struct comparison *comparison);
/* The flaky and the different ones, to stdout. */
void comparison_print(const struct comparison *comparison);

#endif
