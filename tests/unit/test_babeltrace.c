/* SPDX-License-Identifier: MIT */
/* The CTF source, on traces written for the purpose: what it delivers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "analyzer/sources/source.h"
#include "tests/unit/support/ctf_writer.h"
#include "tests/unit/support/library_leaks.h"
#include "tests/unit/support/trace_folder.h"

static const struct ctf_trace_look plain = {.host = "box", .uuid = 1};

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
    ctf_write_metadata(trace_folder(), &plain);
    struct ctf_writer *writer = ctf_writer_new(trace_folder(), "stream", &plain);
    ctf_writer_add(writer, &event);
    ctf_writer_close(writer);
    struct source_notes notes = {.damage = g_ptr_array_new()};
    int count = 0;
    assert_true(
        babeltrace_source.read((const char *const[]){trace_folder(), NULL}, check_cancel, &count, &notes, NULL));
    assert_int_equal(count, 1);
    g_ptr_array_unref(notes.damage);
}

static void test_an_empty_string_after_another(void **state)
{
    (void)state;
    struct event event = frame_at(1000, 1);
    ctf_write_metadata(trace_folder(), &plain);
    struct ctf_writer *writer = ctf_writer_new(trace_folder(), "stream", &plain);
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
    g_autofree char *again = trace_folder_below("a/../a");
    struct reading *reading = read_paths((const char *const[]){trace_folder(), again, NULL});
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
    ctf_write_metadata(trace_folder(), &plain);
    struct ctf_writer *writer = ctf_writer_new(trace_folder(), "s0", &plain);
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

int main(void)
{
    keep_plugin_loaded();
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_each_field_arrives),
        IN_FOLDER(test_an_empty_string_after_another),
        IN_FOLDER(test_streams_and_traces_are_merged_by_time),
        IN_FOLDER(test_many_hosts_are_read_in_turn),
        IN_FOLDER(test_a_trace_named_twice_is_read_once),
        IN_FOLDER(test_chunks_make_one_trace),
        IN_FOLDER(test_losses_are_told),
        IN_FOLDER(test_older_and_newer_traces_are_read),
        IN_FOLDER(test_other_providers_are_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
