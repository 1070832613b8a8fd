/* SPDX-License-Identifier: MIT */
/* Traces that begin in the middle: what a flight recorder held, later pieces of a trace. */
#include "tests/unit/history.h"

/* A timeout that fires, and at the moment when its request is open an announcement; then one that leaks. */
#define FIRES_BEFORE ENTER("1", TIMEOUT, "1", "0", "2") CANCEL_SCOPE("1", "0", "2") RAISE("1", "1", "1", "0", "1")
#define FIRES_AFTER TAKE("1", "1", "1", "0") EXIT("1", "1", "CANCELLED", "RAISED_TIMEOUT", "1", "0")
#define LEAKS                                                                                                     \
    ENTER("2", UNHEARD, "1", "0", "7")                                                                            \
    CANCEL_SCOPE("2", "0", "2") RAISE("1", "2", "2", "0", "1") EXIT("2", "1", "CANCELLED", "SWALLOWED", "1", "1")
#define STEALS                                                                                                    \
    ENTER("1", TIMEOUT, "1", "0", "2")                                                                            \
    DIRECT("1", "7", "0", "1", "2") TAKE("1", "1", "1", "0") EXIT("1", "1", "CANCELLED", "PROPAGATED", "1", "0")
#define ANNOUNCEMENT(again, counter)                                                                              \
    "+1 runtime statedump=1 again=" again " overwrites=1 stdlib=/usr/lib/python3.12 cwd=/app\n"                   \
    "+1 provider provider=2 kind=asyncio.Timeout traits=TRAIT_RAISES_TIMEOUT|TRAIT_TAKES_BACK statedump=1\n"      \
    "+1 provider provider=4 kind=unheard.Of traits=TRAIT_RAISES_TIMEOUT statedump=1\n"                            \
    "+1 frame frame=2 file=/app/app.py line=5 function=main statedump=1\n"                                        \
    "+1 frame frame=7 file=/app/app.py line=50 function=main statedump=1\n"                                       \
    "+1 task_seen task=1 name=Task-1 counter=" counter "\n"
#define AGAIN(counter) ANNOUNCEMENT("1", counter)
#define OPEN(scope)                                                                                               \
    "+1 scope_enter scope=" scope " entry=1 provider=2 task=1 stack=2 entered_ns=1020 cancelled=1\n"

/* The lines from `first` on (from 0) but for those from `without` up to `until`, numbered as the process did. */
static char *piece(const char *text, guint first, guint without, guint until)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    GString *piece = g_string_new(NULL);
    for (guint i = first; lines[i] && *lines[i]; i++)
        if (i < without || i >= until) {
            const char *rest = strchr(lines[i], ' ');
            g_string_append_printf(piece, "%u%s seq=%u\n", 1000 + 10 * i, rest, i + 1);
        }
    return g_string_free(piece, FALSE);
}

static guint lines_of(const char *text)
{
    guint lines = 0;
    for (const char *end = text; (end = strchr(end, '\n')); end++)
        lines++;
    return lines;
}

static const char whole[] = PROCESS FIRES_BEFORE AGAIN("1") OPEN("1") FIRES_AFTER LEAKS END("1", "FINISHED", "1");
static const char announced[] = PROCESS FIRES_BEFORE;

static void announcements_change_nothing(void **state)
{
    (void)state;
    const struct report *report;
    g_autofree char *numbered = piece(whole, 0, 0, 0);
    struct analysis *analysis = history_analyze(numbered, (struct analysis_options){0}, &report);
    g_autofree char *found = history_summary(report, true);
    assert_string_equal(found, "error leaked-cancel x1");
    assert_int_equal(report->summary.scopes, 2);
    assert_int_equal(report->summary.tasks, 1);
    assert_int_equal(report->summary.lost_events, 0);
    const struct finding *finding = g_ptr_array_index(report->findings, 0);
    assert_int_equal(finding->confidence, CONFIDENCE_CERTAIN);
    analysis_free(analysis);
}

static bool is_told(const struct report *report, const char *beginning)
{
    for (guint i = 0; i < report->notices->len; i++)
        if (g_str_has_prefix(g_ptr_array_index(report->notices, i), beginning))
            return true;
    return false;
}

/* Wherever it begins, up to the announcement and with it: the one fault, which comes after it, and nothing but it.
 * That there is more which is not known is said. */
static void any_beginning(void **state)
{
    (void)state;
    for (guint first = 1; first <= lines_of(announced); first++) {
        const struct report *report;
        g_autofree char *text = piece(whole, first, 0, 0);
        struct analysis *analysis = history_analyze(text, (struct analysis_options){0}, &report);
        g_autofree char *found = history_summary(report, false);
        assert_string_equal(found, "error leaked-cancel x1");
        assert_true(is_told(report, "The flight recorder held the last"));
        analysis_free(analysis);
    }
}

/* A session of a process that has counted events before: of this one nothing is missing. */
static void a_session_of_several(void **state)
{
    (void)state;
    static const char both[] = PROCESS ANNOUNCEMENT("0", "0") LEAKS END("1", "FINISHED", "1");
    const struct report *report;
    g_autofree char *second = piece(both, lines_of(PROCESS), 0, 0);
    struct analysis *analysis = history_analyze(second, (struct analysis_options){0}, &report);
    g_autofree char *found = history_summary(report, false);
    assert_string_equal(found, "error leaked-cancel x1");
    assert_false(is_told(report, "The flight recorder held the last"));
    analysis_free(analysis);
}

/* Without an announcement nothing is known, and nothing is said but that. */
static void never_announced(void **state)
{
    (void)state;
    for (guint first = lines_of(announced) + 1; first < lines_of(whole); first++) {
        const struct report *report;
        g_autofree char *text = piece(whole, first, 0, 0);
        struct analysis *analysis = history_analyze(text, (struct analysis_options){0}, &report);
        assert_int_equal(report->findings->len, 0);
        assert_int_equal(report->summary.lost_events, 0);
        assert_non_null(strstr(g_ptr_array_index(report->notices, report->notices->len - 1), "not judged"));
        analysis_free(analysis);
    }
}

/* A CPU that wrote less keeps older events: between those and the others nothing is judged, nothing is lost. */
static void gaps_are_beginnings(void **state)
{
    (void)state;
    const guint before = lines_of(announced);
    for (guint without = 1; without < before; without++)
        for (guint until = without + 1; until <= before; until++) {
            const struct report *report;
            g_autofree char *text = piece(whole, 1, without, until);
            struct analysis *analysis = history_analyze(text, (struct analysis_options){0}, &report);
            g_autofree char *found = history_summary(report, false);
            assert_string_equal(found, "error leaked-cancel x1");
            assert_int_equal(report->summary.lost_events, 0);
            analysis_free(analysis);
        }
}

/* After the last announcement something is missing: the trace ends there, with what was open. */
static void a_gap_after_it(void **state)
{
    (void)state;
    const guint after = lines_of(PROCESS FIRES_BEFORE AGAIN("1") OPEN("1"));
    g_autofree char *text = piece(whole, 1, after, after + 2);
    const struct report *report;
    struct analysis *analysis = history_analyze(text, (struct analysis_options){0}, &report);
    assert_int_equal(report->findings->len, 0);
    assert_int_equal(report->ends->len, 1);
    const struct open_end *end = g_ptr_array_index(report->ends, 0);
    const struct open_task *task = g_ptr_array_index(end->tasks, 0);
    assert_int_equal(task->counter, 1);
    assert_int_equal(task->scopes->len, 1);
    analysis_free(analysis);
}

/* What was decided in the dark stays in the dark, but not what comes to light after it. */
static void faults_before_it_are_not_told(void **state)
{
    (void)state;
    static const char theft[] = PROCESS STEALS AGAIN("0") LEAKS END("1", "FINISHED", "1");
    g_autofree char *all = piece(theft, 0, 0, 0);
    g_autofree char *rest = piece(theft, 1, 0, 0);
    expect(all, "error stolen-cancel x1, error leaked-cancel x1");
    expect(rest, "error leaked-cancel x1");
}

/* The request is known with its source though its task was announced later. */
static void sources_are_kept(void **state)
{
    (void)state;
    static const char leak[] = PROCESS LEAKS AGAIN("1") END("1", "FINISHED", "1");
    const guint provider = 1;
    g_autofree char *text = piece(leak, provider, 0, 0);
    expect_all(text, "error leaked-cancel x1");
}

/* A later piece of a trace that keeps everything: what is missing in it is lost. */
static void losses_in_a_piece(void **state)
{
    (void)state;
    const struct report *report;
    g_autofree char *text = piece(whole, 1, 3, 5);
    g_auto(GStrv) parts = g_strsplit(text, "overwrites=1", 2);
    g_autofree char *kept = g_strjoinv("overwrites=0", parts);
    struct analysis *analysis = history_analyze(kept, (struct analysis_options){0}, &report);
    assert_int_equal(report->summary.lost_events, 2);
    analysis_free(analysis);
}

/* ---- what was raised before ---- */

#define TOLD_AGAIN                                                                                                \
    "+1 runtime statedump=1 again=1 overwrites=1 schema=2 stdlib=/usr/lib/python3.12 cwd=/app tick=100\n"         \
    "+1 provider provider=2 kind=asyncio.Timeout traits=TRAIT_RAISES_TIMEOUT|TRAIT_TAKES_BACK statedump=1\n"      \
    "+1 provider provider=4 kind=unheard.Of traits=TRAIT_RAISES_TIMEOUT statedump=1\n"                            \
    "+1 frame frame=2 file=/app/app.py line=5 function=main statedump=1\n"                                        \
    "+1 frame frame=4 file=/app/app.py line=20 function=Deadline._expire statedump=1\n"                           \
    "+1 frame frame=7 file=/app/app.py line=50 function=main statedump=1\n"
#define SEEN(task, counter, told)                                                                                 \
    "+1 task_seen task=" task " name=Task-" task " counter=" counter " told=" told "\n"
#define PAST(scope)                                                                                               \
    "+1 scope_past scope=" scope " entry=1 provider=4 task=1 counter=0 after=1 stack=7 cancel_stack=4 "           \
    "exit_stack=7 entered_ns=500 how=CANCEL_DEADLINE cancelled_ns=600 exited_ns=800 "                             \
    "exception_in=EXIT_WITH_CANCELLED outcome=EXIT_PROPAGATED\n"
#define TOLD(task, origin, more)                                                                                  \
    "+1 request_seen source=SOURCE_SCOPE count=1 stack=4 entry=1 raised_tid=1 raised_tick=5 last_tick=5 "         \
    "task=" task " scope=" origin " origin=" origin " raised_ns=700 " more "\n"
#define TOLD_DIRECT(task, more)                                                                                   \
    "+1 request_seen source=SOURCE_DIRECT count=1 stack=4 raised_tid=1 raised_tick=5 last_tick=5 task=" task      \
    " raised_ns=700 by_task=9 by_name=stopper message=enough " more "\n"
#define ALL_TOLD "+1 announced tasks=1\n"
/* Within a scope that was entered before all that, and is left without an exception. */
#define CALM "+1 scope_enter scope=9 entry=1 provider=2 task=1 stack=2 entered_ns=400\n"
#define CALM_EXIT EXIT("9", "1", "NONE", "PROPAGATED", "1", "1")
#define TICKS_LATER "+10 task_start task=50 name=Task-50 coroutine=other tick=200\n"

static void what_went_on_before_is_found(void **state)
{
    (void)state;
    const struct report *report;
    struct analysis *analysis = history_analyze("1000 "
                                                "frame frame=1 seq=500\n" TOLD_AGAIN SEEN("1", "1", "1") PAST("1")
                                                    TOLD("1", "1", "ran_on=1") ALL_TOLD,
                                                (struct analysis_options){0}, &report);
    g_autofree char *found = history_summary(report, true);
    assert_string_equal(found, "error leaked-cancel x1");
    const struct finding *finding = g_ptr_array_index(report->findings, 0);
    assert_int_equal(finding->entered->time_ns, 500);
    assert_int_equal(finding->cancelled->time_ns, 600);
    assert_int_equal(finding->delivered->time_ns, 700);
    assert_int_equal(finding->exited->time_ns, 800);
    assert_string_equal(finding->scope.kind, "unheard.Of");
    assert_string_equal(finding->cancelled->reason, "deadline");
    analysis_free(analysis);
}

/* It is open, and may be on its way out: only what comes later tells. */
static void what_has_not_gone_on_waits(void **state)
{
    (void)state;
    expect_all(TOLD_AGAIN SEEN("1", "1", "1") CALM PAST("1") TOLD("1", "1", "") ALL_TOLD, "");
    expect_all(TOLD_AGAIN SEEN("1", "1", "1") CALM PAST("1") TOLD("1", "1", "") ALL_TOLD CALM_EXIT,
               "error leaked-cancel x1");
    expect_all(TOLD_AGAIN SEEN("1", "1", "1") CALM PAST("1") TOLD("1", "1", "doubtful=1") ALL_TOLD CALM_EXIT,
               "note leaked-cancel x1");
}

/* What came first is a matter of the times, not of the order in which it is told: this one was raised before its
 * scope was left, so that no patience with the task is due. */
static void what_is_told_has_its_own_time(void **state)
{
    (void)state;
    expect_all(TOLD_AGAIN SEEN("1", "1", "1") PAST("1") TOLD("1", "1", "raised_tick=98")
                   ALL_TOLD DONE("1", "FINISHED", "1", "101"),
               "error leaked-cancel x1");
}

/* Of another entry of the same scope, or not told: all that is known is that it was there. */
static void what_is_not_told_is_not_guessed(void **state)
{
    (void)state;
    expect_all(TOLD_AGAIN SEEN("1", "2", "1") PAST("1") TOLD("1", "1", "ran_on=1") ALL_TOLD,
               "error leaked-cancel x1, note leaked-cancel x1");
    expect_all(TOLD_AGAIN SEEN("1", "1", "1") TOLD("1", "1", "ran_on=1") ALL_TOLD, "");
    /* the scope has been entered again: what is said of its first entry must not end the second */
#define AGAIN_OPEN "+1 scope_enter scope=1 entry=2 provider=4 task=1 stack=2 entered_ns=900\n"
    expect_all(TOLD_AGAIN SEEN("1", "1", "1") AGAIN_OPEN PAST("1") TOLD("1", "1", "ran_on=1") ALL_TOLD
               "+1 task_end task=1 how=TASK_FINISHED counter=1\n+1 runtime_end\n",
               "warning abandoned-scope x1");
}

/* Whoever saw it himself, or was told before a gap, counts it once. */
static void what_is_known_is_counted_once(void **state)
{
    (void)state;
    static const char seen[] = PROCESS LEAKS TOLD_AGAIN SEEN("1", "1", "1") PAST("2")
        TOLD("1", "2", "ran_on=1 stack=0") ALL_TOLD END("1", "FINISHED", "1");
    static const char twice[] = TOLD_AGAIN SEEN("1", "1", "1") PAST("1") TOLD("1", "1", "ran_on=1")
        ALL_TOLD TICKS_LATER TICKS_LATER TOLD_AGAIN SEEN("1", "1", "1") PAST("1") TOLD("1", "1", "ran_on=1")
            ALL_TOLD;
    const guint gap = lines_of(TOLD_AGAIN SEEN("1", "1", "1") PAST("1") TOLD("1", "1", "ran_on=1") ALL_TOLD);
    for (guint first = 0; first <= lines_of(PROCESS LEAKS); first++) {
        g_autofree char *text = piece(seen, first, 0, 0);
        expect_all(text, "error leaked-cancel x1");
    }
    g_autofree char *text = piece(twice, 0, gap, gap + 1);
    expect_all(text, "error leaked-cancel x1");
    /* the first announcement has lost its beginning */
    for (guint first = 0; first <= gap; first++) {
        g_autofree char *rest = piece(twice, first, 0, 0);
        expect_all(rest, "error leaked-cancel x1");
    }
}

/* A task that was cancelled and runs on: who did it is told; unless it waits for another that was, too. */
static void direct_requests_are_told(void **state)
{
    (void)state;
    const struct report *report;
    struct analysis *analysis =
        history_analyze(TOLD_AGAIN SEEN("1", "1", "1") TOLD_DIRECT("1", "") ALL_TOLD TICKS_LATER,
                        (struct analysis_options){0}, &report);
    g_autofree char *found = history_summary(report, true);
    assert_string_equal(found, "warning swallowed-cancel x1");
    const struct finding *finding = g_ptr_array_index(report->findings, 0);
    assert_string_equal(finding->cancelled->task_name, "stopper");
    assert_string_equal(finding->cancelled->reason, "enough");
    analysis_free(analysis);
    expect_all(TOLD_AGAIN SEEN("1", "1", "1") TOLD_DIRECT("1", "") SEEN("2", "1", "1")
                   TOLD_DIRECT("2", "via_task=1") ALL_TOLD TICKS_LATER,
               "");
    /* cut before the other is told */
    expect_all(TOLD_AGAIN SEEN("1", "1", "1") TOLD_DIRECT("1", "") TICKS_LATER, "");
    /* cut when all is known already */
    expect_all(TOLD_AGAIN SEEN("1", "1", "1") TOLD_DIRECT("1", "") ALL_TOLD TICKS_LATER TOLD_AGAIN,
               "warning swallowed-cancel x1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(announcements_change_nothing),
        cmocka_unit_test(any_beginning),
        cmocka_unit_test(a_session_of_several),
        cmocka_unit_test(never_announced),
        cmocka_unit_test(gaps_are_beginnings),
        cmocka_unit_test(a_gap_after_it),
        cmocka_unit_test(faults_before_it_are_not_told),
        cmocka_unit_test(sources_are_kept),
        cmocka_unit_test(losses_in_a_piece),
        cmocka_unit_test(what_went_on_before_is_found),
        cmocka_unit_test(what_has_not_gone_on_waits),
        cmocka_unit_test(what_is_told_has_its_own_time),
        cmocka_unit_test(what_is_not_told_is_not_guessed),
        cmocka_unit_test(what_is_known_is_counted_once),
        cmocka_unit_test(direct_requests_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
