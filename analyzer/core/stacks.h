/* SPDX-License-Identifier: MIT */
/*
 * Call stacks from the trace tree: frames for the report, the site that names a cause, and the generic
 * source of code that no provider describes.
 *
 * Runs in: the command. Internal to analyzer/core and analyzer/rules. What these return belongs to the world
 * and lives as long as it does.
 */
#ifndef SCOPETRACE_CORE_STACKS_H
#define SCOPETRACE_CORE_STACKS_H

#include "analyzer/core/model.h"

/* A place in the program, as findings name it. */
struct site {
    char *text;   /* "app.py:12 (main)" */
    char *key;    /* "src/app.py|main": the same after a line shift and on another machine */
    char *spot;   /* the key and the line */
    char *opener; /* what was called there, of a library: "fail_after()", "TaskGroup"; NULL: nothing in between */
};

void stacks_init(struct world *world);
void stacks_free(struct world *world);

/* The package of a provider's module counts as library wherever it lies. */
void stacks_add_package(struct world *world, const char *module);
/* The same of the file of this module alone. */
void stacks_add_module(struct world *world, const char *module);

/* NULL: not recorded. */
const struct stack *stack_get(struct world *world, struct stack_id id);

/* The frame to blame: the innermost of the user's own code; else of a library's that uses scopes; else of one that
 * provides them; else the innermost. NULL: not recorded. */
const struct site *stack_site(struct world *world, struct stack_id id);

/* Whose code called Task.cancel() or uncancel(): the class of the innermost frame that is not asyncio's.
 * NULL: nobody's (call_later(delay, task.cancel)). */
const struct generic_source *stack_generic(struct world *world, struct stack_id id);

/* Of how many frames the path ends with file (a tail of components) and the function with function ("" = any). */
uint32_t stack_count(struct world *world, struct stack_id id, const char *file, const char *function);
/* Whether there is one. */
bool stack_mentions(struct world *world, struct stack_id id, const char *file, const char *function);

#endif
