/* SPDX-License-Identifier: MIT */
#include "analyzer/sources/time_heap.h"

#include <glib.h>
#include <stdbool.h>

struct entry {
    uint64_t time_ns;
    uint32_t order;
    void *item;
};

struct time_heap {
    GArray *entries; /* struct entry; the children of i are 2i + 1 and 2i + 2 */
};

static struct entry *entry_at(const struct time_heap *heap, guint index)
{
    return &g_array_index(heap->entries, struct entry, index);
}

static bool earlier(const struct entry *a, const struct entry *b)
{
    return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->order < b->order;
}

struct time_heap *time_heap_new(void)
{
    struct time_heap *heap = g_new(struct time_heap, 1);
    heap->entries = g_array_new(FALSE, FALSE, sizeof(struct entry));
    return heap;
}

void time_heap_free(struct time_heap *heap)
{
    if (!heap)
        return;
    g_array_unref(heap->entries);
    g_free(heap);
}

static void sift_up(struct time_heap *heap, guint index)
{
    struct entry moving = *entry_at(heap, index);
    while (index > 0) {
        guint parent = (index - 1) / 2;
        if (!earlier(&moving, entry_at(heap, parent)))
            break;
        *entry_at(heap, index) = *entry_at(heap, parent);
        index = parent;
    }
    *entry_at(heap, index) = moving;
}

static void sift_down(struct time_heap *heap, guint index)
{
    struct entry moving = *entry_at(heap, index);
    for (;;) {
        guint child = 2 * index + 1;
        if (child >= heap->entries->len)
            break;
        if (child + 1 < heap->entries->len && earlier(entry_at(heap, child + 1), entry_at(heap, child)))
            child++;
        if (!earlier(entry_at(heap, child), &moving))
            break;
        *entry_at(heap, index) = *entry_at(heap, child);
        index = child;
    }
    *entry_at(heap, index) = moving;
}

void time_heap_push(struct time_heap *heap, uint64_t time_ns, uint32_t order, void *item)
{
    struct entry entry = {time_ns, order, item};
    g_array_append_val(heap->entries, entry);
    sift_up(heap, heap->entries->len - 1);
}

void *time_heap_top(const struct time_heap *heap)
{
    return heap->entries->len ? entry_at(heap, 0)->item : NULL;
}

/* Often it is the earliest still. */
void time_heap_move_top(struct time_heap *heap, uint64_t time_ns, uint32_t order)
{
    struct entry *top = entry_at(heap, 0);
    top->time_ns = time_ns;
    top->order = order;
    for (guint child = 1; child <= 2 && child < heap->entries->len; child++)
        if (earlier(&top[child], top)) {
            sift_down(heap, 0);
            return;
        }
}

void time_heap_pop(struct time_heap *heap)
{
    g_array_remove_index_fast(heap->entries, 0);
    if (heap->entries->len)
        sift_down(heap, 0);
}
