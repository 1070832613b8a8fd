/* SPDX-License-Identifier: MIT */
/*
 * Traces as they come, from the files to the findings: several at once, of several hosts and processes, with
 * losses, cut, out of order, and of versions to come. A leaking history is written down as CTF and disturbed.
 */
#include <glib/gstdio.h>
#include <unistd.h>

#include "tests/unit/history.h"
#include "tests/unit/support/ctf_writer.h"
#include "tests/unit/support/library_leaks.h"
#include "tests/unit/support/trace_folder.h"

#define LEAK_BEGINS ENTER("1", UNHEARD, "1", "0", "2") CANCEL_SCOPE("1", "0", "2") RAISE("1", "1", "1", "0", "1")
#define LEAK_ENDS EXIT("1", "1", "CANCELLED", "RAISED_TIMEOUT", "1", "1") END("1", "FINISHED", "1") OVER
#define CLEAN_SCOPE                                                                                               \
    ENTER("1", TIMEOUT, "1", "0", "2")                                                                            \
    EXIT("1", "1", "NONE", "PROPAGATED", "0", "0") END("1", "FINISHED", "0") OVER

/* ---- writing ---- */

/* A trace under way: its events go to its streams in turn. */
struct recorder {
    struct ctf_writer *streams[2];
    uint32_t pid, seq, turn, streams_used;
    int64_t skew_ns; /* of the second stream's clock */
};

static void record_event(void *context, const struct event *event)
{
    struct recorder *recorder = context;
    uint32_t stream = recorder->turn++ % recorder->streams_used;
    struct event copy = *event;
    copy.pid = copy.tid = recorder->pid;
    copy.seq = ++recorder->seq;
    copy.time_ns += (uint64_t)(stream ? recorder->skew_ns : 0);
    ctf_writer_add(recorder->streams[stream], &copy);
}

static struct recorder recorder_open(const char *name, const struct ctf_trace_look *look, uint32_t streams)
{
    g_autofree char *path = trace_folder_below(name);
    struct recorder recorder = {.pid = 7, .streams_used = streams};
    ctf_write_metadata(path, look);
    for (uint32_t i = 0; i < streams; i++) {
        g_autofree char *stream = g_strdup_printf("stream_%u", i);
        recorder.streams[i] = ctf_writer_new(path, stream, look);
    }
    return recorder;
}

static void record(struct recorder *recorder, const char *text)
{
    struct source_notes notes = {.damage = g_ptr_array_new_with_free_func(g_free)};
    assert_true(text_read(text, strlen(text), "history", record_event, recorder, &notes, NULL));
    assert_int_equal(notes.damage->len, 0);
    g_ptr_array_unref(notes.damage);
}

static void recorder_close(struct recorder *recorder)
{
    for (uint32_t i = 0; i < recorder->streams_used; i++)
        ctf_writer_close(recorder->streams[i]);
}

static void record_all(const char *name, const struct ctf_trace_look *look, const char *text)
{
    struct recorder recorder = recorder_open(name, look, 1);
    record(&recorder, text);
    recorder_close(&recorder);
}

/* ---- reading ---- */

struct verdict_on {
    struct analysis *analysis;
    const struct report *report;
    char *findings; /* with the notes */
    guint damage;
};

static struct verdict_on read_traces(const char *const *names)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    for (; *names; names++)
        g_ptr_array_add(paths, trace_folder_below(*names));
    g_ptr_array_add(paths, NULL);
    struct source_notes notes = {.damage = g_ptr_array_new_with_free_func(g_free)};
    struct verdict_on verdict = {.analysis = analysis_new(&(struct analysis_options){0})};
    g_autoptr(GError) error = NULL;
    if (!source_read((const char *const *)paths->pdata, history_feed, verdict.analysis, &notes, &error))
        fail_msg("%s", error->message);
    verdict.report = analysis_finish(verdict.analysis);
    verdict.findings = history_summary(verdict.report, true);
    verdict.damage = notes.damage->len;
    g_ptr_array_unref(notes.damage);
    return verdict;
}

static struct verdict_on read_trace(const char *name)
{
    return read_traces((const char *const[]){name, NULL});
}

static void verdict_clear(struct verdict_on *verdict)
{
    g_free(verdict->findings);
    analysis_free(verdict->analysis);
}

static void expect_of(const char *name, const char *findings)
{
    struct verdict_on verdict = read_trace(name);
    assert_string_equal(verdict.findings, findings);
    verdict_clear(&verdict);
}

/* ---- the tests ---- */

static const struct ctf_trace_look here = {.host = "here", .uuid = 1}, there = {.host = "there", .uuid = 2};

/* The same pid, the same serials, at the same time, on two hosts: two processes, of which one leaks. */
static void same_pid_on_two_hosts(void **state)
{
    (void)state;
    record_all("one", &here, PROCESS LEAK_BEGINS LEAK_ENDS);
    struct recorder recorder = recorder_open("two", &there, 1);
    record(&recorder, PROCESS CLEAN_SCOPE);
    recorder_close(&recorder);
    struct verdict_on verdict = read_traces((const char *const[]){"one", "two", NULL});
    assert_string_equal(verdict.findings, "error leaked-cancel x1");
    assert_int_equal(verdict.report->processes->len, 2);
    assert_int_equal(verdict.report->summary.lost_events, 0);
    verdict_clear(&verdict);
}

/* The folder above both is as good as naming them. */
static void a_folder_of_traces(void **state)
{
    (void)state;
    record_all("all/one", &here, PROCESS LEAK_BEGINS LEAK_ENDS);
    record_all("all/two", &there, PROCESS LEAK_BEGINS LEAK_ENDS);
    struct verdict_on verdict = read_trace("all");
    assert_string_equal(verdict.findings, "error leaked-cancel x2");
    verdict_clear(&verdict);
}

/* Of which one leaks, with the same serials as the other. */
static void two_processes_in_one_trace(void **state)
{
    (void)state;
    struct recorder recorder = recorder_open("both", &here, 2), second = recorder;
    recorder.streams_used = second.streams_used = 1;
    second.streams[0] = recorder.streams[1];
    second.pid = 8;
    record(&recorder, PROCESS CLEAN_SCOPE);
    record(&second, PROCESS LEAK_BEGINS LEAK_ENDS);
    recorder_close(&recorder);
    recorder_close(&second);
    struct verdict_on verdict = read_trace("both");
    assert_string_equal(verdict.findings, "error leaked-cancel x1");
    const struct finding *finding = g_ptr_array_index(verdict.report->findings, 0);
    assert_int_equal(finding->process->pid, 8);
    assert_int_equal(verdict.report->processes->len, 2);
    verdict_clear(&verdict);
}

/* In two streams, as a process that moves between processors writes them. */
static void one_process_in_two_streams(void **state)
{
    (void)state;
    struct recorder recorder = recorder_open("moved", &here, 2);
    record(&recorder, PROCESS LEAK_BEGINS LEAK_ENDS);
    recorder_close(&recorder);
    expect_of("moved", "error leaked-cancel x1");
}

/* The second processor's clock runs ahead or behind: out of order, and never an error that is not there. */
static void clocks_that_disagree(void **state)
{
    (void)state;
    for (int64_t skew = -35; skew <= 35; skew += 5) {
        g_autofree char *name = g_strdup_printf("skew%d", (int)skew);
        struct recorder recorder = recorder_open(name, &here, 2);
        recorder.skew_ns = skew;
        record(&recorder,
               PROCESS ENTER("1", TIMEOUT, "1", "0", "2") CANCEL_SCOPE("1", "0", "2")
                   RAISE("1", "1", "1", "0", "1") TAKE("1", "1", "1", "0")
                       EXIT("1", "1", "CANCELLED", "RAISED_TIMEOUT", "1", "0") END("1", "FINISHED", "0") OVER);
        recorder_close(&recorder);
        struct verdict_on verdict = read_trace(name);
        assert_int_equal(verdict.report->summary.findings[LEVEL_ERROR], 0);
        assert_int_equal(verdict.report->summary.findings[LEVEL_WARNING], 0);
        assert_int_equal(verdict.report->summary.lost_events, 0);
        verdict_clear(&verdict);
    }
}

/* LTTng says that events are missing between the raise and the exit: perhaps the take-back. */
static void loss_within_a_leak(void **state)
{
    (void)state;
    struct recorder recorder = recorder_open("within", &here, 1);
    record(&recorder, PROCESS LEAK_BEGINS);
    ctf_writer_end_packet(recorder.streams[0], 0);
    record(&recorder, "2000"
                      " frame frame=9 file=x function=y\n" LEAK_ENDS);
    ctf_writer_end_packet(recorder.streams[0], 5);
    recorder_close(&recorder);
    struct verdict_on verdict = read_trace("within");
    assert_int_equal(verdict.report->summary.findings[LEVEL_ERROR], 0);
    assert_int_equal(verdict.report->summary.lost_events, 5);
    verdict_clear(&verdict);
}

/* What happened after the loss alone is as sure as ever. */
static void loss_before_a_leak(void **state)
{
    (void)state;
    struct recorder recorder = recorder_open("before", &here, 1);
    record(&recorder, PROCESS ENTER("9", TIMEOUT, "1", "0", "2") EXIT("9", "1", "NONE", "PROPAGATED", "0", "0"));
    ctf_writer_end_packet(recorder.streams[0], 0);
    record(&recorder, "2000"
                      " frame frame=9 file=x function=y\n");
    ctf_writer_end_packet(recorder.streams[0], 5);
    record(&recorder, "3000"
                      " frame frame=10 file=x function=y\n" LEAK_BEGINS LEAK_ENDS);
    recorder_close(&recorder);
    expect_of("before", "error leaked-cancel x1, note lost-events x1");
}

/* Loss on another host is no excuse. */
static void loss_elsewhere(void **state)
{
    (void)state;
    record_all("one", &here, PROCESS LEAK_BEGINS LEAK_ENDS);
    struct recorder recorder = recorder_open("two", &there, 1);
    record(&recorder, PROCESS);
    ctf_writer_end_packet(recorder.streams[0], 0);
    record(&recorder, "1020"
                      " frame frame=9 file=x function=y\n" CLEAN_SCOPE);
    ctf_writer_end_packet(recorder.streams[0], 5);
    recorder_close(&recorder);
    struct verdict_on verdict = read_traces((const char *const[]){"one", "two", NULL});
    assert_int_equal(verdict.report->summary.findings[LEVEL_ERROR], 1);
    verdict_clear(&verdict);
}

/* A file that ends too early, wherever: what is left is reported, nothing is made up. */
static void cut_at_any_byte(void **state)
{
    (void)state;
    static const char clean[] = PROCESS ENTER("1", TIMEOUT, "1", "0", "2") CANCEL_SCOPE("1", "0", "2")
        RAISE("1", "1", "1", "0", "1") TAKE("1", "1", "1", "0")
            EXIT("1", "1", "CANCELLED", "RAISED_TIMEOUT", "1", "0") END("1", "FINISHED", "0") OVER;
    record_all("cut", &here, clean);
    g_autofree char *path = trace_folder_below("cut/stream_0");
    GStatBuf status;
    assert_int_equal(g_stat(path, &status), 0);
    for (off_t size = status.st_size - 1; size > 300; size -= 37) {
        assert_int_equal(truncate(path, size), 0);
        struct verdict_on verdict = read_trace("cut");
        assert_int_equal(verdict.report->summary.findings[LEVEL_ERROR], 0);
        assert_int_equal(verdict.report->summary.findings[LEVEL_WARNING], 0);
        assert_in_range(verdict.damage, 1, 3);
        verdict_clear(&verdict);
    }
}

/* Fields and events that nobody knows yet, and a schema of tomorrow. */
static void from_the_future(void **state)
{
    (void)state;
    const struct ctf_trace_look future = {.host = "here", .uuid = 1, .newer = true};
    struct recorder recorder = recorder_open("future", &future, 1);
    record(&recorder, "900 runtime schema=7\n");
    recorder.seq = 0;
    ctf_writer_add_unknown(recorder.streams[0], 950);
    record(&recorder, PROCESS LEAK_BEGINS);
    ctf_writer_add_unknown(recorder.streams[0], 1500);
    record(&recorder, "2000"
                      " frame frame=9 file=x function=y\n" LEAK_ENDS);
    recorder_close(&recorder);
    struct verdict_on verdict = read_trace("future");
    assert_string_equal(verdict.findings, "error leaked-cancel x1");
    assert_non_null(strstr(g_ptr_array_index(verdict.report->notices, 0), "newer scopetrace"));
    verdict_clear(&verdict);
}

/* An event that this version does not know has a number as all have: it is not missing. */
static void events_of_the_future_are_counted(void **state)
{
    (void)state;
    const struct ctf_trace_look future = {.host = "here", .uuid = 1, .newer = true};
    struct recorder recorder = recorder_open("future", &future, 1);
    record(&recorder, PROCESS LEAK_BEGINS);
    const struct event unknown = {
        .time_ns = 1500, .pid = recorder.pid, .tid = recorder.pid, .seq = ++recorder.seq};
    ctf_writer_add_numbered_unknown(recorder.streams[0], &unknown);
    record(&recorder, "2000"
                      " frame frame=9 file=x function=y\n" LEAK_ENDS);
    recorder_close(&recorder);
    struct verdict_on verdict = read_trace("future");
    assert_string_equal(verdict.findings, "error leaked-cancel x1");
    assert_int_equal(verdict.report->summary.lost_events, 0);
    verdict_clear(&verdict);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(same_pid_on_two_hosts),
        IN_FOLDER(a_folder_of_traces),
        IN_FOLDER(two_processes_in_one_trace),
        IN_FOLDER(one_process_in_two_streams),
        IN_FOLDER(clocks_that_disagree),
        IN_FOLDER(loss_within_a_leak),
        IN_FOLDER(loss_before_a_leak),
        IN_FOLDER(loss_elsewhere),
        IN_FOLDER(cut_at_any_byte),
        IN_FOLDER(from_the_future),
        IN_FOLDER(events_of_the_future_are_counted),
    };
    keep_plugin_loaded();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
