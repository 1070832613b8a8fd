/* SPDX-License-Identifier: MIT */
/*
 * What the loaded objects call functions of libc through: one word for each function and object, which the loader
 * fills in. Here such words are pointed elsewhere, for good.
 *
 * Runs in: the target, any thread, not in signal handlers.
 */
#ifndef SCOPETRACE_AGENT_REFERENCES_H
#define SCOPETRACE_AGENT_REFERENCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whose references: bits. */
enum references_owner {
    REFERENCES_OTHERS = 1u << 0,
    REFERENCES_INTERPRETER = 1u << 1,
    REFERENCES_LOOKS_UP = 1u << 2, /* where Python code gets functions of C by name */
    REFERENCES_LTTNG = 1u << 3,
    REFERENCES_LOOPS = 1u << 4, /* event loops in C: uvloop's */
    REFERENCES_PYTHON = REFERENCES_INTERPRETER | REFERENCES_LOOKS_UP,
    REFERENCES_ALL = REFERENCES_OTHERS | REFERENCES_PYTHON | REFERENCES_LTTNG | REFERENCES_LOOPS,
};

struct references_function {
    const char *name;
    uint32_t owners;
    void *function; /* to be called instead of */
    void *next;     /* which is what the program calls by that name; NULL: there is none */
};

/* Points all references of these functions that are as the loader has left them, in every object that is loaded
 * completely but this library; what is otherwise is left alone. When it has been called before, it looks at
 * objects that came since. Keeps errno. May wait for another thread's dlopen(). The table stays as it is between
 * calls. */
void references_point(const struct references_function *functions, size_t count);

/* Whether an object came since. Two calls of the loader. */
bool references_any_new(void);

#endif
