/* SPDX-License-Identifier: MIT */
/* What is told ahead changes nothing: many tasks, more exited scopes than are kept waiting, some that leak. */
#include "analyzer/core/analysis.h"
#include "tests/unit/history.h"

enum { TASKS = 600, ROUNDS = 5, AHEAD = 40, MOST_EVENTS = TASKS * (2 * ROUNDS + 4) };

struct trace {
    struct event events[MOST_EVENTS + 8];
    size_t count;
};

static void add(struct trace *trace, struct event event)
{
    event.host = "here";
    event.pid = event.tid = 7;
    event.time_ns = 1000 + trace->count;
    event.seq = (uint32_t)trace->count + 1;
    trace->events[trace->count++] = event;
}

static void enter(struct trace *trace, uint64_t scope, uint64_t task)
{
    add(trace, (struct event){.kind = EVENT_SCOPE_ENTER,
                              .scope_enter = {.entry = 1, .provider = {1}, .scope = {scope}, .task = {task}}});
}

static void leave(struct trace *trace, uint64_t scope, uint64_t task, uint32_t counter)
{
    add(trace,
        (struct event){
            .kind = EVENT_SCOPE_EXIT,
            .scope_exit = {
                .entry = 1, .scope = {scope}, .task = {task}, .before = counter, .after = counter, .raised = ""}});
}

/* One task in a hundred has a scope that cancels it late and does not take that back. */
static void leak(struct trace *trace, uint64_t scope, uint64_t task)
{
    enter(trace, scope, task);
    add(trace, (struct event){.kind = EVENT_SCOPE_CANCEL,
                              .scope_cancel = {.scope = {scope}, .method = "", .reason = ""}});
    add(trace, (struct event){.kind = EVENT_TASK_CANCEL,
                              .task_cancel = {.accepted = 1,
                                              .source = SOURCE_SCOPE,
                                              .after = 1,
                                              .task = {task},
                                              .scope = {scope},
                                              .origin = {scope},
                                              .message = ""}});
    leave(trace, scope, task, 1);
}

static struct trace *trace_new(void)
{
    struct trace *trace = g_new0(struct trace, 1);
    uint64_t scope = 0;
    add(trace, (struct event){.kind = EVENT_RUNTIME,
                              .runtime = {.schema = 1,
                                          .reason = "",
                                          .tool = "",
                                          .python = "3.12.1",
                                          .executable = "",
                                          .argv = "",
                                          .cwd = "",
                                          .host = "here",
                                          .stdlib = ""}});
    add(trace, (struct event){.kind = EVENT_PROVIDER,
                              .provider = {.provider = {1},
                                           .traits = TRAIT_TAKES_BACK,
                                           .kind = "asyncio.Timeout",
                                           .module = "asyncio.timeouts",
                                           .qualname = "Timeout",
                                           .cancel_methods = ""}});
    for (uint64_t task = 1; task <= TASKS; task++)
        add(trace, (struct event){.kind = EVENT_TASK_START,
                                  .task_start = {.task = {task}, .name = "worker", .coroutine = "work"}});
    for (int round = 0; round < ROUNDS; round++)
        for (uint64_t task = 1; task <= TASKS; task++) {
            enter(trace, ++scope, task);
            leave(trace, scope, task, 0);
        }
    for (uint64_t task = 1; task <= TASKS; task += 100)
        leak(trace, ++scope, task);
    add(trace, (struct event){.kind = EVENT_RUNTIME_END});
    return trace;
}

static char *analyze(const struct trace *trace, size_t ahead)
{
    struct analysis *analysis = analysis_new(&(struct analysis_options){.tree = true});
    for (size_t i = 0; i < trace->count; i++) {
        if (ahead && i % ahead == 0)
            analysis_expect(analysis, &trace->events[i], MIN(ahead, trace->count - i));
        analysis_feed(analysis, &trace->events[i]);
    }
    const struct report *report = analysis_finish(analysis);
    assert_int_equal(report->summary.tasks, TASKS);
    assert_int_equal(report->tasks->len, TASKS);
    char *summary = history_summary(report, true);
    analysis_free(analysis);
    return summary;
}

static void what_is_told_ahead_changes_nothing(void **state)
{
    (void)state;
    g_autofree struct trace *trace = trace_new();
    g_autofree char *untold = analyze(trace, 0), *told = analyze(trace, AHEAD);
    assert_string_equal(untold, "error leaked-cancel x6");
    assert_string_equal(told, untold);
}

/* A source may look at what is no event: it has a kind, and nothing else. */
static void what_is_no_event_is_passed_over(void **state)
{
    (void)state;
    g_autofree struct trace *trace = trace_new();
    struct analysis *analysis = analysis_new(&(struct analysis_options){0});
    const struct event nothing = {.kind = EVENT_KINDS};
    analysis_expect(analysis, &nothing, 1);
    for (size_t i = 0; i < TASKS + 2; i++)
        analysis_feed(analysis, &trace->events[i]);
    analysis_expect(analysis, &nothing, 1);
    analysis_expect(analysis, &nothing, 0);
    analysis_free(analysis);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_told_ahead_changes_nothing),
        cmocka_unit_test(what_is_no_event_is_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
