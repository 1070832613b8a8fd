/* SPDX-License-Identifier: MIT */
/*
 * A small core file with the agent's tables in it, made by hand: its records have another layout than the agent's,
 * and lack some fields, so that whoever reads them must go by what the lists say.
 *
 * Task 1 "main" is in scope 1 (kind "test.Scope", entered at app.py:7) and, inside it, in scope 2, which task 2
 * cancelled; task 2 "worker", started by 1, has the counter 3: one request of nobody's record, one of scope 2, one
 * that task 1 raised directly at app.py:9 in stop(). Task 3 has ended.
 *
 * Runs in: the tests.
 */
#ifndef SCOPETRACE_TESTS_CORE_MAKER_H
#define SCOPETRACE_TESTS_CORE_MAKER_H

#include <glib.h>

#include "preload/tables.h"

#define CORE_MAKER_BASE UINT64_C(0x7f0000010000)
#define CORE_MAKER_PID 77u
/* Nodes are numbered from here. */
#define CORE_MAKER_NODES 10u

struct made_task {
    char name[12];
    uint8_t ended, done;
    uint64_t innermost, requests, parent, serial;
    uint32_t announced;
    uint16_t counter;
};

struct made_scope {
    uint8_t open, gone, cancelled, shield;
    uint32_t stack, entry;
    uint64_t provider, outer, host, cancel_task, entered_ns, cancel_ns, serial;
    struct tables_cancel cancel;
};

struct made_request {
    uint64_t by_task, raised_ns, next, origin, scope;
    uint8_t source, count;
    uint32_t stack;
};

struct made_node {
    uint32_t line, parent;
    uint64_t code;
};

struct made_code {
    uint64_t function, file;
};

struct made_provider {
    uint64_t address;
    uint32_t traits;
    char kind[16], module[16];
};

struct made_runtime {
    char host[8], python[8];
};

/* All of the memory, at CORE_MAKER_BASE. */
struct made_image {
    struct tables_root root;
    struct tables_list lists[TABLES_KINDS];
    uint64_t items[TABLES_KINDS];
    uint32_t counts[TABLES_KINDS];
    uint32_t pid, events, recording, unannounced, first_node;
    int32_t enabled;
    uint8_t armed;
    uint64_t task_slots[5], scope_slots[4];
    struct made_task tasks[3];
    struct made_scope scopes[2];
    struct made_request requests[2];
    struct made_node nodes[4];
    struct made_code codes[2];
    struct made_provider providers[2];
    struct made_runtime runtime[1];
    char texts[64]; /* the last of it */
};

/* Where a part of the image lies in that memory. */
#define CORE_MAKER_AT(part) (CORE_MAKER_BASE + offsetof(struct made_image, part))

void core_maker_image(struct made_image *ret_image);

/* The file that has this memory: notes, then the image. To be unreferenced. */
GByteArray *core_maker_file(const struct made_image *image);

#endif
