/* SPDX-License-Identifier: MIT */
/* Work that a library does not survive, and traces that libbabeltrace2 does not survive. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utime.h>

#include "analyzer/sources/guard.h"
#include "analyzer/sources/source.h"
#include "tests/unit/support/ctf_writer.h"

static int run(int (*work)(struct guard *guard, void *context), void *context)
{
    struct guard *guard = guard_new();
    int result = guard_run(guard, work, context);
    guard_free(guard);
    return result;
}

static int return_seven(struct guard *guard, void *context)
{
    (void)guard, (void)context;
    return 7;
}

static int die_outside(struct guard *guard, void *context)
{
    (void)guard;
    return raise(*(int *)context);
}

/* Everything goes well but the third opening and the fifth turn of stream 2; returns how much went well. */
static int meet_trouble(struct guard *guard, void *context)
{
    int good = 0;
    for (int i = 0; i < 4; i++) {
        if (!guard_enter_opening(guard))
            continue;
        if (i == 2)
            raise(*(int *)context);
        guard_leave(guard);
        good++;
    }
    for (uint64_t turn = 1; turn <= 10; turn++)
        for (uint32_t stream = 1; stream <= 2; stream++) {
            if (!guard_enter_reading(guard, stream, turn))
                continue;
            if (stream == 2 && turn == 5)
                raise(*(int *)context);
            guard_leave(guard);
            good++;
        }
    return good;
}

static void work_is_done_once(void **state)
{
    (void)state;
    assert_int_equal(run(return_seven, NULL), 7);
    assert_int_equal(guard_run(NULL, return_seven, NULL), 7);
    assert_int_equal(run(die_outside, &(int){SIGTERM}), -SIGTERM);
}

static void what_kills_is_left_out(void **state)
{
    (void)state;
    assert_int_equal(run(meet_trouble, &(int){SIGABRT}), 3 + 10 + 4);
    assert_int_equal(run(meet_trouble, &(int){SIGTRAP}), 3 + 10 + 4);
    assert_int_equal(run(meet_trouble, &(int){SIGKILL}), 3 + 10 + 4);
    /* somebody wants the command to end */
    assert_int_equal(run(meet_trouble, &(int){SIGINT}), -SIGINT);
}

static int want_all_memory(struct guard *guard, void *context)
{
    (void)guard;
    *(void **)context = g_malloc(G_MAXSIZE / 2);
    return 0;
}

static void want_of_memory_is_told(void **state)
{
    (void)state;
    void *memory;
    struct guard *guard = guard_new();
    assert_int_equal(guard_run(guard, return_seven, NULL), 7);
    assert_false(guard_starved(guard));
    assert_int_not_equal(guard_run(guard, want_all_memory, &memory), 0);
#ifndef __SANITIZE_ADDRESS__ /* which ends the process itself */
    assert_true(guard_starved(guard));
#endif
    guard_free(guard);
    assert_false(guard_starved(NULL));
}

static int leave_things_behind(struct guard *guard, void *context)
{
    g_autofree char *file = g_build_filename(guard_folder(guard), "file", NULL);
    g_strlcpy(context, guard_folder(guard), 100);
    bool written = g_file_set_contents(file, "", 0, NULL);
    raise(written ? SIGTERM : SIGKILL);
    return 0;
}

static void nothing_is_left_behind(void **state)
{
    (void)state;
    char path[100] = "";
    struct guard *guard = guard_new();
    assert_int_equal(guard_run(guard, leave_things_behind, path), -SIGTERM);
    assert_false(guard_avoids(guard));
    guard_free(guard);
    assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
}

/* ---- a real trace ---- */

/* Of the last event's sequence of one address, behind which `handling` and `waiting` lie. */
enum { COUNT_OFFSET_FROM_END = 4 + 8 + 1 + 4 };

static void write_stream(const char *folder, const char *name, uint64_t first_ns)
{
    const struct ctf_trace_look look = {.host = "box", .uuid = 1};
    ctf_write_metadata(folder, &look);
    struct ctf_writer *writer = ctf_writer_new(folder, name, &look);
    const uint64_t address = 1;
    for (uint32_t i = 0; i < 100; i++) {
        struct event event = {.kind = EVENT_TASK_CANCEL, .time_ns = first_ns + i, .pid = 7};
        event.task_cancel.task.serial = 1;
        event.task_cancel.native = &address;
        event.task_cancel.native_count = 1;
        ctf_writer_add(writer, &event);
    }
    ctf_writer_close(writer);
}

/* The last event of the stream has four thousand million addresses. */
static void lie_about_length(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    gchar *bytes;
    gsize length;
    assert_true(g_file_get_contents(path, &bytes, &length, NULL));
    memset(bytes + length - COUNT_OFFSET_FROM_END, 0xff, 4);
    assert_true(g_file_set_contents(path, bytes, (gssize)length, NULL));
    g_free(bytes);
}

struct tally {
    const char *folder;
    unsigned events, told;
};

static void count_event(void *tally, const struct event *event)
{
    (void)event;
    ((struct tally *)tally)->events++;
}

/* 1 + how much was read, in steps of ten; 0: it is not told that a stream breaks off. */
static int read_folder(struct guard *guard, void *context)
{
    struct tally tally = {.folder = context};
    struct source_notes notes = {.damage = g_ptr_array_new_with_free_func(g_free), .guard = guard};
    g_autoptr(GError) error = NULL;
    const char *const paths[] = {tally.folder, NULL};
    source_read(paths, count_event, &tally, &notes, &error);
    for (guint i = 0; i < notes.damage->len; i++)
        tally.told += strstr(g_ptr_array_index(notes.damage, i), "breaks off") != NULL;
    g_ptr_array_unref(notes.damage);
    _exit(tally.told ? 1 + (int)tally.events / 10 : 0);
}

/* Says where its folder is, and waits for its end. */
static int keep_and_wait(struct guard *guard, void *context)
{
    const char *folder = guard_folder(guard);
    g_autofree char *path = g_build_filename(folder, "kept", NULL);
    const bool kept = g_file_set_contents(path, "x", 1, NULL);
    if (kept && write(*(int *)context, folder, strlen(folder)) > 0)
        pause();
    return 1;
}

/* By a signal to the command alone: who is at a terminal sends it to both. */
static void nothing_is_left_behind_when_it_is_ended(void **state)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        int said[2], status = 0;
        char folder[100] = "";
        assert_int_equal(pipe(said), 0);
        const pid_t command = fork();
        if (command == 0)
            _exit(run(keep_and_wait, &said[1]) == -numbers[i] ? 0 : 1);
        assert_true(read(said[0], folder, sizeof folder - 1) > 0);
        assert_true(g_file_test(folder, G_FILE_TEST_IS_DIR));
        kill(command, numbers[i]);
        assert_int_equal(waitpid(command, &status, 0), command);
        assert_int_equal(status, 0);
        assert_false(g_file_test(folder, G_FILE_TEST_EXISTS));
        close(said[0]);
        close(said[1]);
    }
}

/* By SIGKILL, which nobody hears: the next one sweeps, but not what is in use, or may be about to be. */
static void what_was_left_behind_is_swept(void **state)
{
    int said[2];
    char folder[100] = "";
    g_autofree char *trace = g_build_filename(g_get_tmp_dir(), "scopetrace-read-20261129-165039", NULL);
    (void)state;
    assert_int_equal(g_mkdir_with_parents(trace, 0700), 0); /* of a program that is called read */
    assert_int_equal(g_utime(trace, &(struct utimbuf){1, 1}), 0);
    assert_int_equal(pipe(said), 0);
    const pid_t command = fork();
    if (command == 0) {
        alarm(20);
        g_random_set_seed((guint32)getpid()); /* or this process would choose the same name */
        _exit(run(keep_and_wait, &said[1]));
    }
    close(said[1]);
    assert_true(read(said[0], folder, sizeof folder - 1) > 0);
    assert_int_equal(g_utime(folder, &(struct utimbuf){1, 1}), 0);
    run(return_seven, NULL);
    assert_true(g_file_test(folder, G_FILE_TEST_IS_DIR));
    kill(command, SIGKILL);
    assert_int_equal(waitpid(command, NULL, 0), command);
    assert_int_equal(read(said[0], &(char){0}, 1), 0); /* the child has gone, too */
    assert_int_equal(g_utime(folder, NULL), 0);
    run(return_seven, NULL);
    assert_true(g_file_test(folder, G_FILE_TEST_IS_DIR));
    assert_int_equal(g_utime(folder, &(struct utimbuf){1, 1}), 0);
    run(return_seven, NULL);
    assert_false(g_file_test(folder, G_FILE_TEST_EXISTS));
    assert_int_equal(g_rmdir(trace), 0);
    close(said[0]);
}

static void a_trace_that_kills_is_read_up_to_there(void **state)
{
    (void)state;
    g_autofree char *folder = g_dir_make_tmp("test-guard-XXXXXX", NULL);
    write_stream(folder, "bad", 1000);
    write_stream(folder, "good", 1050);
    lie_about_length(folder, "bad");
    int result = run(read_folder, folder);
    /* all of the good one, and most of the bad one */
    assert_in_range(result, 1 + 17, 1 + 19);
    static const char *const files[] = {"bad", "good", "metadata", ""};
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(folder, files[i], NULL);
        g_remove(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(work_is_done_once),
        cmocka_unit_test(what_kills_is_left_out),
        cmocka_unit_test(want_of_memory_is_told),
        cmocka_unit_test(nothing_is_left_behind),
        cmocka_unit_test(nothing_is_left_behind_when_it_is_ended),
        cmocka_unit_test(what_was_left_behind_is_swept),
        cmocka_unit_test(a_trace_that_kills_is_read_up_to_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
