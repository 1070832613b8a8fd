/* SPDX-License-Identifier: MIT */
/* The CTF source, on traces that cannot be read, or not whole: what it says of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "analyzer/sources/babeltrace/babeltrace.h"
#include "analyzer/sources/source.h"
#include "tests/skip.h"
#include "tests/unit/support/ctf_writer.h"
#include "tests/unit/support/library_leaks.h"
#include "tests/unit/support/trace_folder.h"

static const struct ctf_trace_look plain = {.host = "box", .uuid = 1};

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
        skip_because("no folder can be made in /dev/shm");
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
    g_autofree char *link = trace_folder_below("trace/up");
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

/* What is missing is no matter of a session that still records. */
static void test_a_stream_that_lost_all_events(void **state)
{
    (void)state;
    g_autofree char *stream = trace_folder_below("cut/s0");
    write_frames("cut", "s0", &plain, 3, 1000, 1);
    assert_int_equal(truncate(stream, 100), 0);
    assert_fails(SOURCE_ERROR_UNREADABLE, "s0 is cut short: its end is missing");
}

static void test_metadata_that_the_library_must_not_see(void **state)
{
    (void)state;
    g_autofree char *metadata = trace_folder_below("a/metadata");
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
    g_autofree char *metadata = trace_folder_below("a/metadata");
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
    g_autofree char *path = trace_folder_below("a/s0");
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
    g_autofree char *path = trace_folder_below("a/notes.txt");
    write_frames("a", "s0", &plain, 5, 1000, 1);
    assert_true(g_file_set_contents(path, "not a stream", -1, NULL));
    struct reading *reading = read_folder();
    assert_true(reading->done);
    assert_int_equal(reading->events->len, 5);
    assert_non_null(strstr(note_at(reading, 0), "notes.txt"));
    reading_free(reading);
}

/* As somebody to whom root's permissions mean nothing, and modes of 0 something. */
static struct reading *read_without_rights(void)
{
    const bool root = geteuid() == 0;
    assert_int_equal(g_chmod(trace_folder(), 0755), 0);
    assert_true(!root || setresuid(65534, 65534, 0) == 0);
    struct reading *reading = read_folder();
    assert_true(!root || setresuid(0, 0, 0) == 0);
    return reading;
}

static void test_what_may_not_be_read_is_said(void **state)
{
    static const struct {
        const char *name;
        mode_t usual;
    } cases[] = {{"a", 0755}, {"a/metadata", 0644}, {"a/s0", 0644}};
    (void)state;
    write_frames("a", "s0", &plain, 5, 1000, 1);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = trace_folder_below(cases[i].name);
        g_autofree char *said =
            g_strdup_printf("cannot read %s: Permission denied; read the trace as its owner", path);
        assert_int_equal(g_chmod(path, 0), 0);
        struct reading *reading = read_without_rights();
        assert_int_equal(g_chmod(path, cases[i].usual), 0);
        assert_false(reading->done);
        assert_true(g_str_has_prefix(reading->error->message, said));
        reading_free(reading);
    }
}

/* Beside one that may. */
static void test_a_stream_that_may_not_be_read_is_left_out(void **state)
{
    (void)state;
    g_autofree char *folder = trace_folder_below("a");
    g_autofree char *path = trace_folder_below("a/s0");
    write_frames("a", "s0", &plain, 5, 1000, 1);
    write_frames("a", "s1", &plain, 5, 1000, 1);
    assert_int_equal(g_chmod(folder, 0755), 0);
    assert_int_equal(g_chmod(path, 0), 0);
    struct reading *reading = read_without_rights();
    assert_true(reading->done);
    assert_int_equal(reading->events->len, 5);
    assert_non_null(strstr(note_at(reading, 0), "a/s0: Permission denied"));
    reading_free(reading);
}

int main(void)
{
    keep_plugin_loaded();
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_a_folder_without_trace),
        IN_FOLDER(test_a_folder_of_everything),
        IN_FOLDER(test_a_circle_of_links),
        IN_FOLDER(test_a_trace_without_our_events),
        IN_FOLDER(test_a_stream_that_lost_all_events),
        IN_FOLDER(test_metadata_that_the_library_must_not_see),
        IN_FOLDER(test_metadata_of_ctf_2),
        IN_FOLDER(test_a_damaged_trace_does_not_hide_a_sound_one),
        IN_FOLDER(test_a_cut_stream_is_read_up_to_the_cut),
        IN_FOLDER(test_a_stream_that_cannot_be_opened_is_left_out),
        IN_FOLDER(test_packets_whose_size_is_a_lie),
        IN_FOLDER(test_a_stream_of_rubbish_is_left_out),
        IN_FOLDER(test_what_may_not_be_read_is_said),
        IN_FOLDER(test_a_stream_that_may_not_be_read_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
