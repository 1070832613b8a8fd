/* SPDX-License-Identifier: MIT */
/*
 * Histories for the tests of the core: text events in, findings out as one line of text.
 *
 * Runs in: the tests. Include it once per test executable.
 */
#ifndef SCOPETRACE_TESTS_HISTORY_H
#define SCOPETRACE_TESTS_HISTORY_H

/* cmocka wants these four before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>
#include <string.h>

#include "analyzer/core/analysis.h"
#include "analyzer/core/rule.h"
#include "analyzer/sources/text.h"

/* A process with four kinds of scope and a few call sites, and its main task. The fourth kind is one that no
 * version of the analyzer has heard of. */
#define ANYIO "1"
#define TIMEOUT "2"
#define TASK_GROUP "3"
#define UNHEARD "4"
#define PROCESS                                                                                                   \
    "1000 runtime python=3.12.1 host=here stdlib=/usr/lib/python3.12 cwd=/app\n"                                  \
    "+1 provider provider=1 kind=anyio.CancelScope module=anyio._backends._asyncio qualname=CancelScope "         \
    "traits=TRAIT_LEVEL_TRIGGERED|TRAIT_HANDS_UP|TRAIT_TAKES_BACK|TRAIT_GROUP|TRAIT_REUSABLE\n"                   \
    "+1 provider provider=2 kind=asyncio.Timeout module=asyncio.timeouts qualname=Timeout "                       \
    "traits=TRAIT_RAISES_TIMEOUT|TRAIT_TAKES_BACK\n"                                                              \
    "+1 provider provider=3 kind=asyncio.TaskGroup module=asyncio.taskgroups qualname=TaskGroup "                 \
    "traits=TRAIT_RAISES_GROUP|TRAIT_REARMS|TRAIT_TAKES_BACK|TRAIT_GROUP\n"                                       \
    "+1 provider provider=4 kind=unheard.Of module=unheard qualname=Of traits=TRAIT_RAISES_TIMEOUT\n"             \
    "+1 frame frame=1 file=/usr/lib/python3.12/asyncio/events.py line=84 function=Handle._run\n"                  \
    "+1 frame frame=2 parent=1 file=/app/app.py line=5 function=main\n"                                           \
    "+1 frame frame=3 parent=1 file=/app/app.py line=6 function=main\n"                                           \
    "+1 frame frame=4 parent=1 file=/app/app.py line=20 function=Deadline._expire\n"                              \
    "+1 frame frame=5 parent=1 file=/app/app.py line=30 function=Deadline.__aexit__\n"                            \
    "+1 frame frame=6 parent=1 file=/app/app.py line=40 function=helper\n"                                        \
    "+1 frame frame=7 parent=1 file=/app/app.py line=50 function=main\n"                                          \
    "+1 task_start task=1 name=Task-1 coroutine=main tick=1\n"

#define ENTER(scope, provider, task, counter, stack)                                                              \
    "+10 scope_enter scope=" scope " entry=1 provider=" provider " task=" task " counter=" counter                \
    " stack=" stack "\n"
#define EXIT(scope, task, exception, outcome, before, after)                                                      \
    "+10 scope_exit scope=" scope " entry=1 task=" task " exception_in=EXIT_WITH_" exception                      \
    " outcome=EXIT_" outcome " before=" before " after=" after "\n"
#define CANCEL_SCOPE(scope, by, tick) "+10 scope_cancel scope=" scope " by_task=" by " stack=3 tick=" tick "\n"
/* A scope's request on a task. */
#define RAISE(task, through, origin, before, after)                                                               \
    "+10 task_cancel accepted=1 source=SOURCE_SCOPE task=" task " scope=" through " origin=" origin               \
    " before=" before " after=" after "\n"
#define TAKE(task, scope, before, after)                                                                          \
    "+10 task_uncancel source=SOURCE_SCOPE task=" task " by_task=" task " scope=" scope " before=" before         \
    " after=" after "\n"
/* A direct request, and a direct take-back. */
#define DIRECT(task, stack, before, after, tick)                                                                  \
    "+10 task_cancel accepted=1 source=SOURCE_DIRECT task=" task " stack=" stack " before=" before                \
    " after=" after " tick=" tick "\n"
#define UNCANCEL(task, stack, before, after)                                                                      \
    "+10 task_uncancel source=SOURCE_DIRECT task=" task " by_task=" task " stack=" stack " before=" before        \
    " after=" after "\n"
#define START(task, tick)                                                                                         \
    "+10 task_start task=" task " name=Task-" task " coroutine=work parent_task=1 tick=" tick "\n"
#define DONE(task, how, counter, tick)                                                                            \
    "+10 task_done task=" task " how=TASK_" how " counter=" counter " tick=" tick "\n"
#define END(task, how, counter) "+10 task_end task=" task " how=TASK_" how " counter=" counter "\n"
#define OVER "+10 runtime_end\n"
/* While a test runs, a scope that nobody has heard of is cancelled, and left without taking its request back. */
#define LEAK                                                                                                      \
    ENTER("1", UNHEARD, "1", "0", "2")                                                                            \
    "+1 label text=tests/test_app.py::test_one\n"                                                                 \
    "+10 scope_cancel scope=1 by_task=0 stack=3 tick=2 reason=late\n"                                             \
    "+10 task_cancel accepted=1 source=SOURCE_SCOPE task=1 scope=1 origin=1 stack=4 before=0 after=1 "            \
    "native=16,32\n+1 label\n" EXIT("1", "1", "CANCELLED", "RAISED_TIMEOUT", "1", "1")

static inline void history_feed(void *analysis, const struct event *event)
{
    analysis_feed(analysis, event);
}

/* The analysis must be freed by the caller; *ret_report lives as long. */
static inline struct analysis *history_analyze(const char *text, struct analysis_options options,
                                               const struct report **ret_report)
{
    struct analysis *analysis = analysis_new(&options);
    GError *error = NULL;
    struct source_notes notes = {.damage = g_ptr_array_new_with_free_func(g_free)};
    if (!text_read(text, strlen(text), "history", history_feed, analysis, &notes, &error))
        fail_msg("%s", error->message);
    if (notes.damage->len)
        fail_msg("%s", (char *)g_ptr_array_index(notes.damage, 0));
    g_ptr_array_unref(notes.damage);
    *ret_report = analysis_finish(analysis);
    return analysis;
}

/* The same, with all scopes in the report. */
static inline struct analysis *history_trees(const char *text, const struct report **ret_report)
{
    return history_analyze(text, (struct analysis_options){.tree = true}, ret_report);
}

static inline const struct finding *history_first(const struct report *report)
{
    assert_true(report->findings->len > 0);
    return g_ptr_array_index(report->findings, 0);
}

static inline char *history_summary(const struct report *report, bool with_notes)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < report->findings->len; i++) {
        const struct finding *finding = g_ptr_array_index(report->findings, i);
        if (finding->level == LEVEL_NOTE && !with_notes)
            continue;
        g_string_append_printf(text, "%s%s %s x%" G_GUINT64_FORMAT, text->len ? ", " : "",
                               level_name(finding->level), finding->rule->name, finding->count);
    }
    return g_string_free(text, FALSE);
}

/* What is found at warning or above. Free it. */
static inline char *history_findings(const char *text)
{
    const struct report *report;
    struct analysis *analysis = history_analyze(text, (struct analysis_options){0}, &report);
    char *summary = history_summary(report, false);
    analysis_free(analysis);
    return summary;
}

static inline void expect(const char *text, const char *findings)
{
    char *found = history_findings(text);
    assert_string_equal(found, findings);
    g_free(found);
}

/* With the notes. */
static inline void expect_all(const char *text, const char *findings)
{
    const struct report *report;
    struct analysis *analysis = history_analyze(text, (struct analysis_options){0}, &report);
    char *found = history_summary(report, true);
    assert_string_equal(found, findings);
    g_free(found);
    analysis_free(analysis);
}

#endif
