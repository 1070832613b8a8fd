/* SPDX-License-Identifier: MIT */
#include "tests/unit/support/trace_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <glib/gstdio.h>
#include <unistd.h>

static char *folder; /* of the running test */

const char *trace_folder(void)
{
    return folder;
}

char *trace_folder_below(const char *name)
{
    return g_build_filename(folder, name, NULL);
}

void remove_tree(const char *path)
{
    GDir *files = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
    const char *name;
    while (files && (name = g_dir_read_name(files))) {
        g_autofree char *child = g_build_filename(path, name, NULL);
        remove_tree(child);
    }
    if (files)
        g_dir_close(files);
    g_remove(path);
}

int trace_folder_make(void **state)
{
    (void)state;
    folder = g_dir_make_tmp("scopetrace-test-XXXXXX", NULL);
    return folder ? 0 : -1;
}

int trace_folder_remove(void **state)
{
    (void)state;
    remove_tree(folder);
    g_clear_pointer(&folder, g_free);
    return 0;
}

static void keep(void *context, const struct event *event)
{
    struct reading *reading = context;
    struct event copy = *event;
    copy.host = g_intern_string(event->host);
    if (event->kind == EVENT_FRAME) {
        copy.frame.file = g_intern_string(event->frame.file);
        copy.frame.function = g_intern_string(event->frame.function);
    }
    g_array_append_val(reading->events, copy);
}

struct reading *read_paths(const char *const *paths)
{
    struct reading *reading = g_new0(struct reading, 1);
    reading->events = g_array_new(FALSE, FALSE, sizeof(struct event));
    reading->notes.damage = g_ptr_array_new_with_free_func(g_free);
    reading->done = babeltrace_source.read(paths, keep, reading, &reading->notes, &reading->error);
    assert_true(reading->done == (reading->error == NULL));
    return reading;
}

struct reading *read_folder(void)
{
    return read_paths((const char *const[]){folder, NULL});
}

const struct event *event_at(const struct reading *reading, guint index)
{
    assert_true(index < reading->events->len);
    return &g_array_index(reading->events, struct event, index);
}

const char *note_at(const struct reading *reading, guint index)
{
    assert_true(index < reading->notes.damage->len);
    return g_ptr_array_index(reading->notes.damage, index);
}

void reading_free(struct reading *reading)
{
    g_array_unref(reading->events);
    g_ptr_array_unref(reading->notes.damage);
    g_clear_error(&reading->error);
    g_free(reading);
}

struct event frame_at(uint64_t time_ns, uint32_t number)
{
    return (struct event){.kind = EVENT_FRAME,
                          .time_ns = time_ns,
                          .pid = 7,
                          .seq = number,
                          .frame = {.frame = {number}, .line = 5, .file = "app.py", .function = "main"}};
}

void write_frames(const char *name, const char *stream, const struct ctf_trace_look *look, uint32_t count,
                  uint64_t first_ns, uint64_t step_ns)
{
    g_autofree char *path = trace_folder_below(name);
    ctf_write_metadata(path, look);
    struct ctf_writer *writer = ctf_writer_new(path, stream, look);
    for (uint32_t i = 0; i < count; i++) {
        struct event event = frame_at(first_ns + i * step_ns, i + 1);
        ctf_writer_add(writer, &event);
        if (i % 10 == 9)
            ctf_writer_end_packet(writer, 0);
    }
    ctf_writer_close(writer);
}

void cut_file(const char *name, off_t size)
{
    g_autofree char *path = trace_folder_below(name);
    assert_int_equal(truncate(path, size), 0);
}

void patch_file(const char *name, gsize offset, const void *patch, gsize patch_size)
{
    g_autofree char *path = trace_folder_below(name);
    g_autofree char *bytes = NULL;
    gsize size = 0;
    assert_true(g_file_get_contents(path, &bytes, &size, NULL));
    assert_true(offset + patch_size <= size);
    memcpy(bytes + offset, patch, patch_size);
    assert_true(g_file_set_contents(path, bytes, (gssize)size, NULL));
}
