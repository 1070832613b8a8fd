/* SPDX-License-Identifier: MIT */
/* The CTF source in several threads: nobody sees a difference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sched.h>

#include "analyzer/sources/source.h"
#include "tests/unit/support/ctf_writer.h"
#include "tests/unit/support/library_leaks.h"
#include "tests/unit/support/trace_folder.h"

static const struct ctf_trace_look plain = {.host = "box", .uuid = 1};

/* Ties of time, strings, addresses, losses: 20 MiB of it. */
static void write_large(void)
{
    static const uint64_t native[] = {1, 2, 3};
    const char *const names[] = {"", "main", "a longer name of a coroutine, as they come"};
    ctf_write_metadata(trace_folder(), &plain);
    for (uint32_t stream = 0; stream < 5; stream++) {
        g_autofree char *name = g_strdup_printf("stream_%u", stream);
        struct ctf_writer *writer = ctf_writer_new(trace_folder(), name, &plain);
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
    assert_true(
        babeltrace_source.read((const char *const[]){trace_folder(), NULL}, add_to_sum, sum, &notes, NULL));
    assert_int_equal(notes.damage->len, 0);
    g_ptr_array_unref(notes.damage);
    char *text = g_strdup(g_checksum_get_string(sum));
    g_checksum_free(sum);
    return text;
}

static unsigned threads_now(void)
{
    unsigned threads = 0;
    GDir *folder_of_threads = g_dir_open("/proc/self/task", 0, NULL);
    while (g_dir_read_name(folder_of_threads))
        threads++;
    g_dir_close(folder_of_threads);
    return threads;
}

static void count_threads(void *context, const struct event *event)
{
    unsigned *most = context;
    if (event->seq % 10000 == 1)
        *most = MAX(*most, threads_now());
}

/* Beside those that there are anyway: ThreadSanitizer has one. */
static unsigned threads_that_read_beside(void)
{
    unsigned most = 0;
    const unsigned before = threads_now();
    struct source_notes notes = {.damage = g_ptr_array_new_with_free_func(g_free)};
    assert_true(
        babeltrace_source.read((const char *const[]){trace_folder(), NULL}, count_threads, &most, &notes, NULL));
    g_ptr_array_unref(notes.damage);
    return most - before;
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
    assert_int_equal(threads_that_read_beside(), 0);
    sched_setaffinity(0, sizeof all, &all);
    assert_string_equal(together, alone);
}

int main(void)
{
    keep_plugin_loaded();
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_threads_deliver_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
