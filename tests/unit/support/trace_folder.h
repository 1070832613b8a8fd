/* SPDX-License-Identifier: MIT */
/*
 * A folder for the traces of one test, and what the CTF source delivers of what is in it.
 *
 * Runs in: the tests, one thread: IN_FOLDER(test) gives each test a folder of its own. Names are below that
 * folder; strings are the caller's to free. Failures are the test's.
 */
#ifndef SCOPETRACE_TESTS_TRACE_FOLDER_H
#define SCOPETRACE_TESTS_TRACE_FOLDER_H

#include <glib.h>
#include <stdint.h>
#include <sys/types.h>

#include "analyzer/core/event.h"
#include "analyzer/sources/source.h"
#include "tests/unit/support/ctf_writer.h"

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, trace_folder_make, trace_folder_remove)

int trace_folder_make(void **state);
int trace_folder_remove(void **state);

/* Borrowed. */
const char *trace_folder(void);
char *trace_folder_below(const char *name);

/* Whatever is there, links not followed. */
void remove_tree(const char *path);
void cut_file(const char *name, off_t size);
void patch_file(const char *name, gsize offset, const void *patch, gsize patch_size);

struct event frame_at(uint64_t time_ns, uint32_t number);
/* A stream of `count` frames, the first at `first_ns`, then every `step_ns`. */
void write_frames(const char *name, const char *stream, const struct ctf_trace_look *look, uint32_t count,
                  uint64_t first_ns, uint64_t step_ns);

/* What a reading delivered: copies of the events, strings interned. */
struct reading {
    GArray *events; /* struct event */
    struct source_notes notes;
    GError *error;
    gboolean done;
};

struct reading *read_paths(const char *const *paths);
struct reading *read_folder(void);
void reading_free(struct reading *reading);

/* Borrowed; the test fails where there is none. */
const struct event *event_at(const struct reading *reading, guint index);
const char *note_at(const struct reading *reading, guint index);

#endif
