/* SPDX-License-Identifier: MIT */
/*
 * A heap of items by time: merges many ordered streams at a cost that grows with the logarithm of their
 * number.
 *
 * Runs in: the command. Items are borrowed. Items of the same time come out by their order number.
 */
#ifndef SCOPETRACE_SOURCES_TIME_HEAP_H
#define SCOPETRACE_SOURCES_TIME_HEAP_H

#include <stdint.h>

struct time_heap;

struct time_heap *time_heap_new(void);
/* NULL is accepted. */
void time_heap_free(struct time_heap *heap);

void time_heap_push(struct time_heap *heap, uint64_t time_ns, uint32_t order, void *item);
/* The earliest item; NULL when the heap is empty. */
void *time_heap_top(const struct time_heap *heap);
/* The earliest item moves on to a later time, and perhaps another order. The heap must not be empty. */
void time_heap_move_top(struct time_heap *heap, uint64_t time_ns, uint32_t order);
/* Takes the earliest item out. The heap must not be empty. */
void time_heap_pop(struct time_heap *heap);

#endif
