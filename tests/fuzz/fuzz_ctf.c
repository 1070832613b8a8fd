/* SPDX-License-Identifier: MIT */
/*
 * The CTF source: a small sound trace, its first stream or its metadata damaged. libbabeltrace2 must live through
 * it, or be kept from seeing it.
 */
#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "analyzer/sources/guard.h"
#include "analyzer/sources/source.h"
#include "tests/fuzz/damage.h"
#include "tests/fuzz/whole_report.h"
#include "tests/unit/support/ctf_writer.h"

extern int LLVMFuzzerInitialize(int *argc, char ***argv);
extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct ctf_trace_look look = {.host = "box", .uuid = 1};
static char *folder;
static GByteArray *sound[2]; /* of the files below */
static const char *const files[] = {"stream_0", "metadata"};

static void remove_folder(void)
{
    static const char *const all[] = {"stream_0", "stream_1", "metadata", ""};
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        g_autofree char *path = g_build_filename(folder, all[i], NULL);
        g_remove(path);
    }
}

static void write_stream(const char *name, uint64_t first_ns, uint32_t first)
{
    struct ctf_writer *writer = ctf_writer_new(folder, name, &look);
    struct event events[] = {
        {.kind = EVENT_RUNTIME, .runtime = {.schema = 1, .python = "3.12.1", .host = "box", .reason = ""}},
        {.kind = EVENT_FRAME, .frame = {.frame = {1}, .line = 5, .file = "app.py", .function = "main"}},
        {.kind = EVENT_TASK_START, .task_start = {.task = {1}, .name = "Task-1", .coroutine = "main"}},
        {.kind = EVENT_SCOPE_ENTER, .scope_enter = {.entry = 1, .provider = {1}, .scope = {1}, .task = {1}}},
        {.kind = EVENT_TASK_CANCEL,
         .task_cancel = {.accepted = 1, .after = 1, .task = {1}, .native = &first_ns, .native_count = 1}},
        {.kind = EVENT_SCOPE_EXIT, .scope_exit = {.entry = 1, .scope = {1}, .task = {1}, .raised = "OSError"}},
        {.kind = EVENT_TASK_END, .task_end = {.how = TASK_FINISHED, .task = {1}, .counter = 1}},
    };
    for (uint32_t i = 0; i < G_N_ELEMENTS(events); i++) {
        events[i].time_ns = first_ns + 10 * i;
        events[i].pid = events[i].tid = 7;
        events[i].seq = first + 2 * i;
        ctf_writer_add(writer, &events[i]);
        if (i == 3)
            ctf_writer_end_packet(writer, 2);
    }
    ctf_writer_close(writer);
}

static GByteArray *read_file(const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    gchar *bytes;
    gsize length;
    if (!g_file_get_contents(path, &bytes, &length, NULL))
        abort();
    return g_byte_array_new_take((guint8 *)bytes, length);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    folder = g_dir_make_tmp("scopetrace-fuzz-XXXXXX", NULL);
    if (!folder)
        abort();
    atexit(remove_folder);
    ctf_write_metadata(folder, &look);
    write_stream("stream_0", 1000, 1);
    write_stream("stream_1", 1005, 2);
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++)
        sound[i] = read_file(files[i]);
    return 0;
}

static void write_file(const char *name, const GByteArray *bytes)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    damage_write(path, bytes);
}

static void read_trace(struct guard *guard, uint8_t choices)
{
    struct source_notes notes = {
        .damage = g_ptr_array_new_with_free_func(g_free), .guard = guard, .expect = whole_report_expect};
    g_autoptr(GError) error = NULL;
    struct analysis *analysis = whole_report_begin(choices);
    const char *const paths[] = {folder, NULL};
    source_read(paths, whole_report_feed, analysis, &notes, &error);
    whole_report_end(analysis, choices);
    g_ptr_array_unref(notes.damage);
}

/* No exit(): libFuzzer would take it for a crash. */
static int read_in_child(struct guard *guard, void *choices)
{
    read_trace(guard, *(uint8_t *)choices);
    _exit(0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    uint8_t choices = data[0];
    size_t which = choices >> 7;
    static const uint64_t numbers[] = {0, 1, 8, 63, UINT32_MAX, UINT64_MAX, INT64_MAX, 1ull << 40};
    static const struct damage_values values = {numbers, G_N_ELEMENTS(numbers), 0};
    g_autoptr(GByteArray) bytes = damage(sound[which], &values, data + 1, size - 1);
    write_file(files[which], bytes);
    write_file(files[!which], sound[!which]);
    struct guard *guard = guard_new();
    if (guard_run(guard, read_in_child, &choices) != 0)
        abort();
    if (!guard_avoids(guard))
        read_trace(NULL, choices);
    guard_free(guard);
    return 0;
}
