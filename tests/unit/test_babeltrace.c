/* SPDX-License-Identifier: MIT */
/* The CTF source, on traces written for the purpose: what it delivers, and what it says of damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <unistd.h>

#include "analyzer/sources/babeltrace/babeltrace.h"
#include "analyzer/sources/source.h"
#include "analyzer/sources/time_heap.h"
#include "tests/unit/support/ctf_writer.h"
#include "tests/unit/support/library_leaks.h"

static const struct ctf_trace_look plain = {.host = "box", .uuid = 1};

/* What a reading delivered: copies of the events, strings interned. */
struct reading {
    GArray *events; /* struct event */
    struct source_notes notes;
    GError *error;
    gboolean done;
};

static char *folder; /* of the running test */

static char *below(const char *name)
{
    return g_build_filename(folder, name, NULL);
}

static void remove_tree(const char *path)
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

static int make_folder(void **state)
{
    (void)state;
    folder = g_dir_make_tmp("test-babeltrace-XXXXXX", NULL);
    return folder ? 0 : -1;
}

static int remove_folder(void **state)
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

static struct reading *read_paths(const char *const *paths)
{
    struct reading *reading = g_new0(struct reading, 1);
    reading->events = g_array_new(FALSE, FALSE, sizeof(struct event));
    reading->notes.damage = g_ptr_array_new_with_free_func(g_free);
    reading->done = babeltrace_source.read(paths, keep, reading, &reading->notes, &reading->error);
    assert_true(reading->done == (reading->error == NULL));
    return reading;
}

static struct reading *read_folder(void)
{
    return read_paths((const char *const[]){folder, NULL});
}

static const struct event *event_at(const struct reading *reading, guint index)
{
    assert_true(index < reading->events->len);
    return &g_array_index(reading->events, struct event, index);
}

static const char *note_at(const struct reading *reading, guint index)
{
    assert_true(index < reading->notes.damage->len);
    return g_ptr_array_index(reading->notes.damage, index);
}

static void reading_free(struct reading *reading)
{
    g_array_unref(reading->events);
    g_ptr_array_unref(reading->notes.damage);
    g_clear_error(&reading->error);
    g_free(reading);
}

static struct event frame_at(uint64_t time_ns, uint32_t number)
{
    return (struct event){.kind = EVENT_FRAME,
                          .time_ns = time_ns,
                          .pid = 7,
                          .seq = number,
                          .frame = {.frame = {number}, .line = 5, .file = "app.py", .function = "main"}};
}

/* A stream of `count` frames, the first at `first_ns`, then every `step_ns`. */
static void write_frames(const char *name, const char *stream, const struct ctf_trace_look *look, uint32_t count,
                         uint64_t first_ns, uint64_t step_ns)
{
    g_autofree char *path = below(name);
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

static void cut_file(const char *name, off_t size)
{
    g_autofree char *path = below(name);
    assert_int_equal(truncate(path, size), 0);
}

/* ---- what is delivered ---- */

static void check_cancel(void *context, const struct event *event)
{
    (*(int *)context)++;
    assert_int_equal(event->kind, EVENT_TASK_CANCEL);
    assert_string_equal(event->host, "box");
    assert_int_equal(event->time_ns, 1000);
    assert_int_equal(event->tick, 3);
    assert_int_equal(event->task_cancel.accepted, 1);
    assert_int_equal(event->task_cancel.after, 2);
    assert_int_equal(event->task_cancel.task.serial, UINT64_MAX);
    assert_int_equal(event->task_cancel.origin.serial, 9);
    assert_string_equal(event->task_cancel.message, "why \xff");
    assert_int_equal(event->task_cancel.native_count, 2);
    assert_int_equal(event->task_cancel.native[1], 0xffff800000000000u);
}

static void test_each_field_arrives(void **state)
{
    (void)state;
    static const uint64_t native[] = {0x1000, 0xffff800000000000u};
    struct event event = {.kind = EVENT_TASK_CANCEL, .time_ns = 1000, .pid = 7, .tick = 3};
    event.task_cancel = (struct event_task_cancel){.accepted = 1,
                                                   .after = 2,
                                                   .task = {UINT64_MAX},
                                                   .origin = {9},
                                                   .message = "why \xff",
                                                   .native = native,
                                                   .native_count = 2};
    ctf_write_metadata(folder, &plain);
    struct ctf_writer *writer = ctf_writer_new(folder, "stream", &plain);
    ctf_writer_add(writer, &event);
    ctf_writer_close(writer);
    struct source_notes notes = {.damage = g_ptr_array_new()};
    int count = 0;
    assert_true(babeltrace_source.read((const char *const[]){folder, NULL}, check_cancel, &count, &notes, NULL));
    assert_int_equal(count, 1);
    g_ptr_array_unref(notes.damage);
}

static void test_an_empty_string_after_another(void **state)
{
    (void)state;
    struct event event = frame_at(1000, 1);
    ctf_write_metadata(folder, &plain);
    struct ctf_writer *writer = ctf_writer_new(folder, "stream", &plain);
    ctf_writer_add(writer, &event);
    event.frame.file = "";
    ctf_writer_add(writer, &event);
    ctf_writer_close(writer);
    struct reading *reading = read_folder();
    assert_string_equal(event_at(reading, 0)->frame.file, "app.py");
    assert_string_equal(event_at(reading, 1)->frame.file, "");
    reading_free(reading);
}

static void test_streams_and_traces_are_merged_by_time(void **state)
{
    (void)state;
    const struct ctf_trace_look other = {.host = "other", .uuid = 2};
    write_frames("a/ust", "s0", &plain, 40, 1000, 30);
    write_frames("a/ust", "s1", &plain, 40, 1010, 30);
    write_frames("b/deep/er", "s0", &other, 40, 1020, 30);
    struct reading *reading = read_folder();
    assert_true(reading->done);
    assert_int_equal(reading->events->len, 120);
    for (guint i = 0; i < 120; i++) {
        assert_int_equal(event_at(reading, i)->time_ns, 1000 + 10 * i);
        assert_string_equal(event_at(reading, i)->host, i % 3 == 2 ? "other" : "box");
    }
    reading_free(reading);
}

/* Many traces are read host by host, and in each what does not overlap one after the other: all arrives, and for
 * each host in the order of time. */
static void test_many_hosts_are_read_in_turn(void **state)
{
    (void)state;
    static const char *const hosts[] = {"north", "south", "west"};
    uint8_t number = 0;
    for (unsigned host = 0; host < G_N_ELEMENTS(hosts); host++)
        for (unsigned trace = 0; trace < 5; trace++) {
            /* 0 and 1 overlap, 2 is within the first, 3 and 4 come after; the names go against time */
            static const uint64_t begins[] = {5000, 6000, 5500, 90000, 50000};
            const struct ctf_trace_look look = {.host = hosts[host], .uuid = ++number};
            g_autofree char *name = g_strdup_printf("%u-%s", 9 - trace, hosts[host]);
            write_frames(name, "s_0", &look, 100, begins[trace] + host, 20);
        }
    struct reading *reading = read_folder();
    assert_true(reading->done);
    assert_int_equal(reading->notes.damage->len, 0);
    assert_int_equal(reading->events->len, 1500);
    uint64_t last[G_N_ELEMENTS(hosts)] = {0};
    unsigned turns = 0;
    const char *before = NULL;
    for (guint i = 0; i < reading->events->len; i++) {
        const struct event *event = event_at(reading, i);
        const unsigned host = *event->host == 'n' ? 0 : *event->host == 's' ? 1 : 2;
        assert_true(event->time_ns >= last[host]);
        last[host] = event->time_ns;
        turns += event->host != before;
        before = event->host;
    }
    assert_int_equal(turns, G_N_ELEMENTS(hosts));
    reading_free(reading);
}

static void test_a_trace_named_twice_is_read_once(void **state)
{
    (void)state;
    write_frames("a", "s0", &plain, 5, 1000, 1);
    g_autofree char *again = below("a/../a");
    struct reading *reading = read_paths((const char *const[]){folder, again, NULL});
    assert_int_equal(reading->events->len, 5);
    reading_free(reading);
}

/* Chunks of a rotated session: folders of one trace, each with its metadata. */
static void test_chunks_make_one_trace(void **state)
{
    (void)state;
    write_frames("archives/2", "s0", &plain, 10, 2000, 1);
    write_frames("archives/1", "s0", &plain, 10, 1000, 1);
    struct reading *reading = read_folder();
    assert_int_equal(reading->events->len, 20);
    assert_int_equal(event_at(reading, 0)->time_ns, 1000);
    assert_int_equal(event_at(reading, 19)->time_ns, 2009);
    reading_free(reading);
}

static void test_losses_are_told(void **state)
{
    (void)state;
    ctf_write_metadata(folder, &plain);
    struct ctf_writer *writer = ctf_writer_new(folder, "s0", &plain);
    for (uint32_t packet = 0; packet < 3; packet++) {
        struct event event = frame_at(1000 + 100 * packet, packet + 1);
        ctf_writer_add(writer, &event);
        ctf_writer_end_packet(writer, packet == 1 ? 17 : 0);
    }
    ctf_writer_close(writer);
    struct reading *reading = read_folder();
    uint64_t lost = 0, events = 0;
    for (guint i = 0; i < reading->events->len; i++) {
        const struct event *event = event_at(reading, i);
        events += event->kind == EVENT_FRAME;
        if (event->kind != EVENT_LOST)
            continue;
        lost += event->lost.count;
        assert_string_equal(event->host, "box");
        assert_true(event->lost.begin_ns >= 1000 && event->lost.end_ns <= 1100);
    }
    assert_int_equal(lost, 17);
    assert_int_equal(events, 3);
    reading_free(reading);
}

static void test_older_and_newer_traces_are_read(void **state)
{
    (void)state;
    const struct ctf_trace_look older = {.host = "box", .uuid = 1, .older = 2};
    const struct ctf_trace_look newer = {.uuid = 2, .newer = true};
    write_frames("older", "s0", &older, 1, 1000, 1);
    write_frames("newer", "s0", &newer, 1, 2000, 1);
    struct reading *reading = read_folder();
    assert_int_equal(reading->events->len, 2);
    assert_string_equal(event_at(reading, 0)->frame.file, "");
    assert_int_equal(event_at(reading, 0)->frame.line, 5);
    assert_string_equal(event_at(reading, 1)->frame.function, "main");
    assert_int_equal(event_at(reading, 1)->pid, 7);
    assert_string_equal(event_at(reading, 1)->host, "");
    reading_free(reading);
}

static void test_other_providers_are_passed_over(void **state)
{
    (void)state;
    const struct ctf_trace_look foreign = {.provider = "other", .uuid = 2};
    write_frames("ours", "s0", &plain, 3, 1000, 1);
    write_frames("foreign", "s0", &foreign, 3, 1000, 1);
    struct reading *reading = read_folder();
    assert_true(reading->done);
    assert_int_equal(reading->events->len, 3);
    reading_free(reading);
}

/* ---- what cannot be read ---- */

static void assert_fails(enum source_error code, const char *part)
{
    struct reading *reading = read_folder();
    assert_false(reading->done);
    assert_true(g_error_matches(reading->error, SOURCE_ERROR, (gint)code));
    assert_non_null(strstr(reading->error->message, part));
    assert_null(strchr(reading->error->message, '\n'));
    reading_free(reading);
}

static void test_a_folder_without_trace(void **state)
{
    (void)state;
    assert_fails(SOURCE_ERROR_EMPTY, "no trace in");
}

/* Not what was meant, and not worth the time. In memory: a disk takes half a minute for so many folders. */
static void test_a_folder_of_everything(void **state)
{
    (void)state;
    g_autofree char *everything = g_strdup("/dev/shm/test-babeltrace-XXXXXX");
    if (!g_mkdtemp(everything))
        skip();
    for (unsigned i = 0; i < 10000; i++) {
        g_autofree char *path = g_strdup_printf("%s/%u", everything, i);
        assert_int_equal(g_mkdir(path, 0700), 0);
    }
    struct reading *reading = read_paths((const char *const[]){everything, NULL});
    remove_tree(everything);
    assert_non_null(strstr(reading->error->message, "give the folder of the trace itself"));
    reading_free(reading);
}

static void test_a_circle_of_links(void **state)
{
    (void)state;
    write_frames("trace", "stream", &plain, 5, 1000, 10);
    g_autofree char *link = below("trace/up");
    assert_int_equal(symlink("..", link), 0);
    struct reading *reading = read_folder();
    assert_int_equal(reading->events->len, 5);
    reading_free(reading);
}

static void test_a_trace_without_our_events(void **state)
{
    (void)state;
    write_frames("foreign", "s0", &(struct ctf_trace_look){.provider = "other"}, 3, 1000, 1);
    assert_fails(SOURCE_ERROR_EMPTY, "no scopetrace events");
}

static void test_metadata_that_the_library_must_not_see(void **state)
{
    (void)state;
    g_autofree char *metadata = below("a/metadata");
    static const char packet[] = "\x57\x1d\xd1\x75 the rest is missing";
    write_frames("a", "s0", &plain, 3, 1000, 1);
    assert_true(g_file_set_contents(metadata, "", 0, NULL));
    assert_fails(SOURCE_ERROR_UNREADABLE, "lttng stop");
    assert_true(g_file_set_contents(metadata, packet, sizeof packet, NULL));
    assert_fails(SOURCE_ERROR_UNREADABLE, "cut short");
    assert_true(g_file_set_contents(metadata, "hello", 5, NULL));
    assert_fails(SOURCE_ERROR_UNREADABLE, "not that of a CTF trace");
    assert_true(g_file_set_contents(metadata, "/* CTF 1.8 */ trace { major = ", -1, NULL));
    assert_fails(SOURCE_ERROR_UNREADABLE, "cannot read");
}

static void test_metadata_of_ctf_2(void **state)
{
    (void)state;
    g_autofree char *metadata = below("a/metadata");
    write_frames("a", "s0", &plain, 3, 1000, 1);
    assert_true(g_file_set_contents(metadata, "\x1e{\"type\": \"preamble\", \"ver", -1, NULL));
    assert_fails(SOURCE_ERROR_UNREADABLE, "cut short");
    assert_true(g_file_set_contents(metadata, "\x1e{\"type\": \"preamble\", \"version\": 3}", -1, NULL));
    assert_fails(SOURCE_ERROR_UNREADABLE, babeltrace_reads_ctf_2() ? "cannot read" : "CTF 2");
}

static void test_a_damaged_trace_does_not_hide_a_sound_one(void **state)
{
    (void)state;
    write_frames("bad", "s0", &(struct ctf_trace_look){.uuid = 2}, 3, 1000, 1);
    write_frames("good", "s0", &plain, 3, 1000, 1);
    cut_file("bad/metadata", 0);
    struct reading *reading = read_folder();
    assert_true(reading->done);
    assert_int_equal(reading->events->len, 3);
    assert_int_equal(reading->notes.damage->len, 1);
    assert_non_null(strstr(note_at(reading, 0), "bad"));
    reading_free(reading);
}

/* Ten events a packet: two packets are whole, the third is cut in its middle. */
static void test_a_cut_stream_is_read_up_to_the_cut(void **state)
{
    (void)state;
    g_autofree char *path = below("a/s0");
    GStatBuf status;
    write_frames("a", "s0", &plain, 30, 1000, 1);
    write_frames("a", "s1", &plain, 30, 1000, 1);
    assert_int_equal(g_stat(path, &status), 0);
    cut_file("a/s0", status.st_size - status.st_size / 6);
    struct reading *reading = read_folder();
    assert_true(reading->done);
    assert_true(reading->events->len >= 30 + 23 && reading->events->len <= 30 + 26);
    assert_non_null(strstr(note_at(reading, 0), "cut short"));
    reading_free(reading);
}

static void patch_file(const char *name, gsize offset, const void *patch, gsize patch_size)
{
    g_autofree char *path = below(name);
    g_autofree char *bytes = NULL;
    gsize size = 0;
    assert_true(g_file_get_contents(path, &bytes, &size, NULL));
    assert_true(offset + patch_size <= size);
    memcpy(bytes + offset, patch, patch_size);
    assert_true(g_file_set_contents(path, bytes, (gssize)size, NULL));
}

/* Whole packets, but of a stream that the metadata does not know: told only when the library opens it. */
static void test_a_stream_that_cannot_be_opened_is_left_out(void **state)
{
    (void)state;
    const uint32_t stream_id = 77;
    write_frames("a", "s0", &plain, 5, 1000, 1);
    write_frames("a", "s1", &plain, 5, 1000, 1);
    patch_file("a/s1", 20, &stream_id, sizeof stream_id);
    struct reading *reading = read_folder();
    assert_true(reading->done);
    assert_int_equal(reading->events->len, 5);
    assert_non_null(strstr(note_at(reading, 0), "a/s1 is left out"));
    reading_free(reading);
}

/* libbabeltrace2 2.0 aborts on some of these sizes: it must not see them. */
static void test_packets_whose_size_is_a_lie(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {0, 1, 64, UINT64_MAX, UINT64_MAX - 7, (uint64_t)1 << 63, 1 << 20};
    for (gsize offset = 48; offset <= 56; offset += 8) /* content size, packet size */
        for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
            write_frames("a", "s0", &plain, 5, 1000, 1);
            write_frames("a", "s1", &plain, 5, 1000, 1);
            patch_file("a/s1", offset, &sizes[i], sizeof sizes[i]);
            struct reading *reading = read_folder();
            assert_true(reading->done);
            assert_true(reading->events->len >= 5 && reading->events->len <= 10);
            reading_free(reading);
        }
}

static void test_a_stream_of_rubbish_is_left_out(void **state)
{
    (void)state;
    g_autofree char *path = below("a/notes.txt");
    write_frames("a", "s0", &plain, 5, 1000, 1);
    assert_true(g_file_set_contents(path, "not a stream", -1, NULL));
    struct reading *reading = read_folder();
    assert_true(reading->done);
    assert_int_equal(reading->events->len, 5);
    assert_non_null(strstr(note_at(reading, 0), "notes.txt"));
    reading_free(reading);
}

/* ---- the heap ---- */

/* ---- several threads ---- */

/* Ties of time, strings, addresses, losses: 20 MiB of it. */
static void write_large(void)
{
    static const uint64_t native[] = {1, 2, 3};
    const char *const names[] = {"", "main", "a longer name of a coroutine, as they come"};
    ctf_write_metadata(folder, &plain);
    for (uint32_t stream = 0; stream < 5; stream++) {
        g_autofree char *name = g_strdup_printf("stream_%u", stream);
        struct ctf_writer *writer = ctf_writer_new(folder, name, &plain);
        for (uint32_t i = 0; i < 50000; i++) {
            struct event event = {.kind = i % 2 ? EVENT_TASK_START : EVENT_TASK_CANCEL,
                                  .time_ns = 1000 + i / 3 * 10,
                                  .pid = stream,
                                  .seq = i};
            if (i % 2)
                event.task_start.name = names[i % 3], event.task_start.coroutine = names[(i + stream) % 3];
            else
                event.task_cancel.message = names[i % 3], event.task_cancel.native = native,
                event.task_cancel.native_count = i % 4;
            ctf_writer_add(writer, &event);
            if (i % 5000 == 4999)
                ctf_writer_end_packet(writer, i % 10000 == 9999 ? stream : 0);
        }
        ctf_writer_close(writer);
    }
}

static void add_to_sum(void *context, const struct event *event)
{
    GChecksum *sum = context;
    g_autofree char *text = g_strdup_printf("%d %s %" G_GUINT64_FORMAT " %u %u", event->kind, event->host,
                                            event->time_ns, event->pid, event->seq);
    g_checksum_update(sum, (const guchar *)text, -1);
    if (event->kind == EVENT_TASK_START) {
        g_checksum_update(sum, (const guchar *)event->task_start.name, -1);
        g_checksum_update(sum, (const guchar *)event->task_start.coroutine, -1);
    } else if (event->kind == EVENT_TASK_CANCEL) {
        g_checksum_update(sum, (const guchar *)event->task_cancel.message, -1);
        g_checksum_update(sum, (const guchar *)event->task_cancel.native,
                          (gssize)(event->task_cancel.native_count * sizeof(uint64_t)));
    }
}

static char *sum_of_folder(void)
{
    GChecksum *sum = g_checksum_new(G_CHECKSUM_MD5);
    struct source_notes notes = {.damage = g_ptr_array_new_with_free_func(g_free)};
    assert_true(babeltrace_source.read((const char *const[]){folder, NULL}, add_to_sum, sum, &notes, NULL));
    assert_int_equal(notes.damage->len, 0);
    g_ptr_array_unref(notes.damage);
    char *text = g_strdup(g_checksum_get_string(sum));
    g_checksum_free(sum);
    return text;
}

static void count_threads(void *context, const struct event *event)
{
    unsigned *most = context, threads = 0;
    GDir *folder_of_threads = event->seq % 10000 == 1 ? g_dir_open("/proc/self/task", 0, NULL) : NULL;
    while (folder_of_threads && g_dir_read_name(folder_of_threads))
        threads++;
    *most = MAX(*most, threads);
    if (folder_of_threads)
        g_dir_close(folder_of_threads);
}

static unsigned threads_that_read(void)
{
    unsigned most = 0;
    struct source_notes notes = {.damage = g_ptr_array_new_with_free_func(g_free)};
    assert_true(babeltrace_source.read((const char *const[]){folder, NULL}, count_threads, &most, &notes, NULL));
    g_ptr_array_unref(notes.damage);
    return most;
}

/* On one processor one thread reads; on several, several do, and nobody sees a difference. */
static void test_threads_deliver_the_same(void **state)
{
    (void)state;
    cpu_set_t all, one;
    write_large();
    g_autofree char *together = sum_of_folder();
    assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
    CPU_ZERO(&one);
    for (size_t i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++)
        if (CPU_ISSET(i, &all))
            CPU_SET(i, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    g_autofree char *alone = sum_of_folder();
    assert_int_equal(threads_that_read(), 1);
    sched_setaffinity(0, sizeof all, &all);
    assert_string_equal(together, alone);
}

static void test_heap_sorts(void **state)
{
    (void)state;
    struct time_heap *heap = time_heap_new();
    static uint64_t times[500];
    for (uint32_t i = 0; i < G_N_ELEMENTS(times); i++) {
        times[i] = (i * 7919u) % 251u;
        time_heap_push(heap, times[i], i, &times[i]);
    }
    const uint64_t *last = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(times); i++) {
        const uint64_t *next = time_heap_top(heap);
        assert_true(!last || *last < *next || (*last == *next && last < next));
        last = next;
        time_heap_pop(heap);
    }
    assert_null(time_heap_top(heap));
    time_heap_free(heap);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
    keep_plugin_loaded();
    const struct CMUnitTest tests[] = {
        TEST(test_each_field_arrives),
        TEST(test_an_empty_string_after_another),
        TEST(test_streams_and_traces_are_merged_by_time),
        TEST(test_many_hosts_are_read_in_turn),
        TEST(test_a_trace_named_twice_is_read_once),
        TEST(test_chunks_make_one_trace),
        TEST(test_losses_are_told),
        TEST(test_older_and_newer_traces_are_read),
        TEST(test_other_providers_are_passed_over),
        TEST(test_a_folder_without_trace),
        TEST(test_a_folder_of_everything),
        TEST(test_a_circle_of_links),
        TEST(test_a_trace_without_our_events),
        TEST(test_metadata_that_the_library_must_not_see),
        TEST(test_metadata_of_ctf_2),
        TEST(test_a_damaged_trace_does_not_hide_a_sound_one),
        TEST(test_a_cut_stream_is_read_up_to_the_cut),
        TEST(test_a_stream_that_cannot_be_opened_is_left_out),
        TEST(test_packets_whose_size_is_a_lie),
        TEST(test_a_stream_of_rubbish_is_left_out),
        cmocka_unit_test_setup_teardown(test_threads_deliver_the_same, make_folder, remove_folder),
        cmocka_unit_test(test_heap_sorts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
