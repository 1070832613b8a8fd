/* SPDX-License-Identifier: MIT */
/* The text report: what a person sees, and that no trace can write to the terminal. */
#include <stdlib.h>

#include "analyzer/reports/page.h"
#include "analyzer/reports/story.h"
#include "tests/unit/history.h"
#include "tests/unit/support/report_fixture.h"

#define ROOT "/home/user/project"

static void assert_text(const char *golden, const struct report *report, struct report_style style)
{
    style.root = ROOT;
    char *text = fixture_write("text", report, &style);
    fixture_assert_golden(golden, text);
    free(text);
}

static void leak_reads_well(void **state)
{
    (void)state;
    assert_text("report_leak_80.txt", fixture_leak(), (struct report_style){.width = 80});
    assert_text("report_leak_120.txt", fixture_leak(), (struct report_style){.width = 120});
    assert_text("report_leak_verbose.txt", fixture_leak(), (struct report_style){.width = 80, .verbosity = 1});
    assert_text("report_leak_quiet.txt", fixture_leak(), (struct report_style){.width = 80, .verbosity = -1});
    assert_text("report_leak_colour.txt", fixture_leak(), (struct report_style){.width = 80, .colour = true});
}

static void clean_is_calm(void **state)
{
    (void)state;
    assert_text("report_clean.txt", fixture_clean(), (struct report_style){.width = 80});
    char *quiet = fixture_write("text", fixture_clean(), &(struct report_style){.verbosity = -1});
    assert_string_equal(quiet, "");
    free(quiet);
}

static void what_was_open_is_told(void **state)
{
    (void)state;
    assert_text("report_cut.txt", fixture_cut(), (struct report_style){.width = 80});
    char *quiet = fixture_write("text", fixture_cut(), &(struct report_style){.verbosity = -1});
    assert_null(strstr(quiet, "Open at the end"));
    free(quiet);
}

static void hostile_text_is_spelled(void **state)
{
    (void)state;
    struct report_style style = {.width = 80, .tree = true, .root = ROOT};
    char *text = fixture_write("text", fixture_hostile(), &style);
    assert_true(g_utf8_validate(text, -1, NULL));
    for (const char *c = text; *c; c++)
        assert_true((unsigned char)*c >= 0x20 || *c == '\n');
    assert_null(strstr(text, "\u202e"));
    fixture_assert_golden("report_hostile.txt", text);
    free(text);
}

static char *text_of(const char *history, bool tree)
{
    const struct report *report;
    struct analysis *analysis = history_analyze(history, (struct analysis_options){.tree = tree}, &report);
    char *text = fixture_write("text", report, &(struct report_style){.width = 80, .tree = tree, .root = "/app"});
    analysis_free(analysis);
    return text;
}

/* A loop in which two scopes leak in turn. */
static void what_repeats_is_folded(void **state)
{
    (void)state;
#define LEAKED(scope, stack, before, after)                                                                       \
    ENTER(scope, UNHEARD, "1", before, stack)                                                                     \
    CANCEL_SCOPE(scope, "0", "2")                                                                                 \
    RAISE("1", scope, scope, before, after) EXIT(scope, "1", "CANCELLED", "RAISED_TIMEOUT", after, after)
    static const char history[] =
        PROCESS LEAKED("1", "2", "0", "1") LEAKED("2", "7", "1", "2") LEAKED("3", "2", "2", "3")
            LEAKED("4", "7", "3", "4") LEAKED("5", "2", "4", "5") END("1", "FINISHED", "5") OVER;
    char *text = text_of(history, false);
    assert_non_null(strstr(text, "  ├─ unheard.Of #1 · app.py:5 · counter 0 → 1 · cancelled at app.py:6\n"
                                 "  ├─ … 2 more like it · up to counter 5\n"
                                 "  ├─ unheard.Of #2 · app.py:50 · counter 1 → 2 · cancelled at app.py:6\n"
                                 "  └─ … 1 more like it · up to counter 4\n"));
    free(text);
    text = text_of(history, true);
    assert_non_null(strstr(text, "unheard.Of #5 · app.py:5 · counter 4 → 5"));
    free(text);
}

static void assert_told(const char *history, const char *part)
{
    char *text = text_of(history, false);
    if (!strstr(text, part))
        fail_msg("no “%s” in: %s", part, text);
    free(text);
}

/* Of a deadline's callback nothing but the event loop and the scope's own code is known. */
static void a_deadline_is_called_one(void **state)
{
    (void)state;
    assert_told(
        PROCESS ENTER("1", UNHEARD, "1", "0",
                      "2") "+10 scope_cancel scope=1 how=CANCEL_DEADLINE stack=3\n" RAISE("1", "1", "1", "0", "1")
            EXIT("1", "1", "CANCELLED", "RAISED_TIMEOUT", "1", "1") END("1", "FINISHED", "1") OVER,
        "  └─ unheard.Of #1 · app.py:5 · counter 0 → 1 · deadline passed\n");
    /* also when it is another scope's that a finding speaks of */
    assert_told(PROCESS ENTER("1", TIMEOUT, "1", "0", "2") ENTER(
                    "2", ANYIO, "1", "0",
                    "3") "+10 scope_cancel scope=1 how=CANCEL_DEADLINE stack=3\n" RAISE("1", "1", "1", "0", "1")
                    TAKE("1", "2", "1", "0") EXIT("2", "1", "CANCELLED", "PROPAGATED", "1", "0") OVER,
                " later the deadline of scope #1 passed\n");
}

static void what_came_last_is_told_so(void **state)
{
    (void)state;
    assert_told(PROCESS START("2", "1") DIRECT("2", "7", "0", "1", "3"), "│  └─ cancelled at the end at ");
    assert_told(PROCESS START("2", "1") DIRECT("2", "7", "0", "1", "3") "+2000 label tick=4\n",
                "│  └─ cancelled 2.0 µs before the end at ");
}

/* call_later(1, task.cancel): the frames that there are say nothing. */
static void a_callback_is_said_to_be_one(void **state)
{
    (void)state;
#define SWALLOWED_IN(file, function, stack)                                                                       \
    PROCESS "+1 frame frame=8 file=/app/app.py line=60 function=<module>\n"                                       \
            "+1 frame frame=9 parent=8 file=" file " line=84 function=" function "\n" START("2", "1")             \
                DIRECT("2", stack, "0", "1", "3") DONE("2", "FINISHED", "1", "20") OVER
#define SWALLOWED(stack) SWALLOWED_IN("/usr/lib/python3.12/asyncio/events.py", "Handle._run", stack)
    char *text = text_of(SWALLOWED("9"), false);
    assert_non_null(strstr(text, "  Task-2 was cancelled by the event loop (call_later or call_soon of\n"
                                 "  task.cancel; no line of the program is known), but ran on"));
    assert_non_null(strstr(text, "  1. The task was cancelled by the event loop, which called Task.cancel as a\n"
                                 "     callback (call_later, call_soon); who asked for that is not known\n"
                                 "       asyncio/events.py:84 in Handle._run\n  2. "));
    free(text);
    /* a loop in C has no frame of its own */
    text = text_of(SWALLOWED_IN("/usr/lib/python3.12/asyncio/runners.py", "Runner.run", "9"), false);
    assert_non_null(strstr(text, "  Task-2 was cancelled by the event loop (call_later or call_soon of\n"));
    assert_non_null(strstr(text, "asyncio/runners.py:84 in Runner.run\n  2. "));
    free(text);
    text = text_of(SWALLOWED("7"), false);
    assert_non_null(strstr(text, "  Task-2 was cancelled at app.py:50 (main), but ran on"));
    free(text);
}

/* What caught it is seldom the innermost function; and how the task ended, in the story's words. */
static void who_may_have_caught_it_is_shown(void **state)
{
    (void)state;
#define CAUGHT(end)                                                                                               \
    PROCESS "+1 frame frame=8 file=/app/app.py line=60 function=poll_forever\n"                                   \
            "+1 frame frame=9 parent=8 file=/app/app.py line=70 function=fetch\n" START(                          \
                "2", "1") "+10 task_cancel accepted=1 source=SOURCE_DIRECT task=2 by_task=1 stack=7 tick=3 "      \
                          "before=0 after=1 "                                                                     \
                          "waiting=9\n" START("3", "20") end
    char *text = text_of(CAUGHT(END("2", "OPEN", "1") OVER), false);
    assert_non_null(strstr(text, "       app.py:70 in fetch\n       ← app.py:60 in poll_forever\n"));
    assert_non_null(strstr(text, "  Task-2 (work) · never finished · counter 1 at the end\n"));
    free(text);
    text = text_of(CAUGHT(""), false);
    assert_non_null(strstr(text, "  Task-2 (work) · still running · counter 1 at the end\n"));
    free(text);
}

/* A scope may refuse to be left, in another task than its own, which may have ended long before. */
static void refused_exits_are_told_as_such(void **state)
{
    (void)state;
#define LEFT_BY_OTHER(outcome)                                                                                    \
    PROCESS START("2", "1") ENTER("1", ANYIO, "1", "0", "2") EXIT("1", "2", "NONE", outcome, "0", "0")            \
        END("1", "FINISHED", "0") OVER
    assert_told(LEFT_BY_OTHER("RAISED_OTHER"), "the scope refused to be exited by Task-2; the counter was 0\n");
    assert_told(LEFT_BY_OTHER("PROPAGATED"), "the scope was exited by Task-2; the counter was 0\n");
    assert_told(LEFT_BY_OTHER("PROPAGATED"), "  3. Task-1 ended normally; its cancellation counter was then 0.\n");
#define TWO_OF_ONE_LINE(second)                                                                                   \
    PROCESS ENTER("1", ANYIO, "1", "0", "2") ENTER("2", ANYIO, "1", "0", second)                                  \
        EXIT("1", "1", "NONE", "RAISED_OTHER", "0", "0") END("1", "FINISHED", "0") OVER
    assert_told(TWO_OF_ONE_LINE("2"), "(main) was left while another one,\n  entered there after it, was still");
    assert_told(TWO_OF_ONE_LINE("3"), "app.py:6 (main), entered after it, was");
    assert_told(TWO_OF_ONE_LINE("3"), "later the scope refused to be exited; the counter was 0\n");
    assert_told(TWO_OF_ONE_LINE("3"), "  3. The task went on and ended normally;");
}

/* What 3.11's own wait_for() may have done is told where the error was thrown into it, and nowhere else. */
static void wait_for_of_3_11_is_suspected(void **state)
{
    (void)state;
#define DROPPED_IN(python, file)                                                                                  \
    "1000 runtime python=" python " host=here stdlib=/usr/lib/python3 cwd=/app\n"                                 \
    "+1 frame frame=8 file=/app/app.py line=60 function=consumer\n"                                               \
    "+1 frame frame=9 parent=8 file=" file " line=436 function=wait_for\n"                                        \
    "+1 frame frame=7 file=/app/app.py line=50 function=main\n"                                                   \
    "+1 task_start task=1 name=Task-1 coroutine=main tick=1\n" START(                                             \
        "2", "1") "+10 task_cancel accepted=1 source=SOURCE_DIRECT task=2 by_task=1 stack=7 tick=3 before=0 "     \
                  "after=1 waiting=9\n" START("3", "20") END("2", "OPEN", "1") OVER
    char *text;
    assert_told(DROPPED_IN("3.11.7", "/usr/lib/python3/asyncio/tasks.py"),
                "asyncio.wait_for() did: on Python 3.11");
    text = text_of(DROPPED_IN("3.12.0", "/usr/lib/python3/asyncio/tasks.py"), false);
    assert_null(strstr(text, "wait_for() did"));
    free(text);
    text = text_of(DROPPED_IN("3.11.7", "/app/tools.py"), false);
    assert_null(strstr(text, "wait_for() did"));
    free(text);
}

/* A note says what, where and how sure; -v the rest. */
static void notes_are_brief(void **state)
{
    (void)state;
    char *text = text_of(
        PROCESS START("2", "1") DIRECT("2", "7", "0", "1", "5") DONE("2", "FINISHED", "1", "6") OVER, false);
    assert_string_equal(text, "note: swallowed-cancel\n"
                              "  Task-2 (work) was cancelled and returned promptly: it ended with a result, not\n"
                              "  cancelled.\n"
                              "    app.py:50 in main\n\n"
                              "scopetrace: 1 note (1 process, 2 tasks, 0 scopes, 17 events, none lost)\n");
    free(text);
}

/* From AnyIO 4.14 on its tasks run one coroutine all, which runs the one that they are named after. */
static void what_runs_a_coroutine_is_not_told(void **state)
{
    (void)state;
#define NAMED(name, coroutine)                                                                                    \
    PROCESS "+1 task_start task=2 name=" name " coroutine=" coroutine " tick=1\n" DIRECT("2", "7", "0", "1", "5") \
        DONE("2", "FINISHED", "1", "6") OVER
    assert_told(NAMED("app.fetch", "TaskHandle._run_coro"), "  Task app.fetch was cancelled and");
    assert_told(NAMED("app.fetch", "fetch"), "  Task app.fetch was cancelled and");
    assert_told(NAMED("reader", "fetch"), "  Task reader (fetch) was cancelled and");
}

static void lines_keep_to_the_width(void **state)
{
    (void)state;
    struct page page = {g_string_new(NULL), 20, false};
    page_paragraph(&page, "> ", "  ", MARK_STRONG "one two" MARK_END " three four five six seven");
    assert_string_equal(page.text->str, "> one two three four\n  five six seven\n");
    g_string_assign(page.text, "");
    page_paragraph(&page, "", "", "日本語日本語 日本語日本語 x"); /* each is two columns wide */
    assert_string_equal(page.text->str, "日本語日本語\n日本語日本語 x\n");
    g_string_free(page.text, TRUE);
}

static void words_are_not_broken(void **state)
{
    (void)state;
    struct page page = {g_string_new(NULL), 10, false};
    page_paragraph(&page, "", "  ", "a /a/path/longer/than/the/page:1 in" HARD_SPACE "f");
    assert_string_equal(page.text->str, "a\n  /a/path/longer/than/the/page:1\n  in f\n");
    g_string_free(page.text, TRUE);
}

static void colour_goes_on_after_a_break(void **state)
{
    (void)state;
    struct page page = {g_string_new(NULL), 6, true};
    page_paragraph(&page, "", "| ", MARK_DIM "aaaa bbbb" MARK_END);
    assert_string_equal(page.text->str, "\033[2maaaa\033[0m\n| \033[2mbbbb\033[0m\n");
    g_string_free(page.text, TRUE);
}

static void durations_have_fitting_units(void **state)
{
    (void)state;
    static const struct {
        uint64_t ns;
        const char *text;
    } cases[] = {{0, "0 ns"},         {999, "999 ns"},     {1500, "1.5 µs"},      {81000, "81 µs"},
                 {1295000, "1.3 ms"}, {12000000, "12 ms"}, {3000000000, "3.0 s"}, {86400000000000, "86400 s"}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = story_duration(cases[i].ns);
        assert_string_equal(text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leak_reads_well),
        cmocka_unit_test(clean_is_calm),
        cmocka_unit_test(what_was_open_is_told),
        cmocka_unit_test(hostile_text_is_spelled),
        cmocka_unit_test(what_repeats_is_folded),
        cmocka_unit_test(a_deadline_is_called_one),
        cmocka_unit_test(what_came_last_is_told_so),
        cmocka_unit_test(a_callback_is_said_to_be_one),
        cmocka_unit_test(who_may_have_caught_it_is_shown),
        cmocka_unit_test(refused_exits_are_told_as_such),
        cmocka_unit_test(wait_for_of_3_11_is_suspected),
        cmocka_unit_test(notes_are_brief),
        cmocka_unit_test(what_runs_a_coroutine_is_not_told),
        cmocka_unit_test(lines_keep_to_the_width),
        cmocka_unit_test(words_are_not_broken),
        cmocka_unit_test(colour_goes_on_after_a_break),
        cmocka_unit_test(durations_have_fitting_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
