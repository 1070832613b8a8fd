/* SPDX-License-Identifier: MIT */
/*
 * The memory of a process that is looked at from outside: a core file's, or what a test makes up.
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_CORE_FILE_MEMORY_H
#define SCOPETRACE_CORE_FILE_MEMORY_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Embedded in whatever has the memory. */
struct memory {
    /* False: not all of it is there. Then nothing is said of `to`. */
    bool (*read)(const struct memory *memory, uint64_t address, void *to, size_t size);
};

static inline bool memory_read(const struct memory *memory, uint64_t address, void *to, size_t size)
{
    return memory->read(memory, address, to, size);
}

/* A text that ends with a NUL, cut after `most` bytes or where memory ends. To be freed; never NULL. */
char *memory_text(const struct memory *memory, uint64_t address, size_t most);

#endif
