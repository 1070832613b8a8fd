/* SPDX-License-Identifier: MIT */
/*
 * The code that was seen on stacks: what is said of a frame. Code objects that say the same are the same code:
 * a program that compiles one source again and again adds nothing.
 *
 * Runs in: the target, GIL held, inside py_work_begin/end. Keeps no code object alive.
 */
#ifndef SCOPETRACE_AGENT_CODE_TABLE_H
#define SCOPETRACE_AGENT_CODE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "preload/agent/python_api.h"

/* Which packages code may belong to: a number from code_table_package(), or none of them. */
#define CODE_TABLE_NO_PACKAGE 0u
#define CODE_TABLE_PACKAGES 32u

/* Valid until code_table_clear(). */
struct code {
    char *file, *function;
    uint64_t content; /* a hash of these and of its line table */
    uint32_t number;  /* 1, 2, … */
    uint32_t package; /* CODE_TABLE_NO_PACKAGE = none */
    bool transparent; /* contextlib */
};

/* NULL: out of memory. */
const struct code *code_table_find(PyObject *object);

/* The package whose files lie under `folder` (copied), or that is this one file; the same number for the same
 * folder. Returns CODE_TABLE_NO_PACKAGE when there are too many. */
uint32_t code_table_package(const char *folder);

/* How many packages there are. Another number: code may belong to another package than it did. */
uint32_t code_table_packages(void);

/* Whether it is time for code_table_clear(), which forgets all code, not the packages. */
bool code_table_is_full(void);
void code_table_clear(void);

/* Any thread, no GIL: the interpreter is gone, and with it all code objects. */
void code_table_forget(void);

#endif
