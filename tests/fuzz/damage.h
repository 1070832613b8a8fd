/* SPDX-License-Identifier: MIT */
/*
 * A sound file, damaged as the fuzzer says: each four bytes of its input are one edit.
 *
 * Runs in: the fuzz targets.
 */
#ifndef SCOPETRACE_TESTS_DAMAGE_H
#define SCOPETRACE_TESTS_DAMAGE_H

#include <glib.h>
#include <stdint.h>

/* What is written over others: numbers that a reader may fall over, and places that begin at `base`. */
struct damage_values {
    const uint64_t *numbers;
    size_t count;
    uint64_t base;
};

/* A copy of `sound` with all edits done. */
GByteArray *damage(const GByteArray *sound, const struct damage_values *values, const uint8_t *edits, size_t size);

/* Ends the program when it cannot. */
void damage_write(const char *path, const GByteArray *bytes);

#endif
