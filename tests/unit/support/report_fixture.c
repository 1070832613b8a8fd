/* SPDX-License-Identifier: MIT */
#include "tests/unit/support/report_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PROJECT "/home/user/project"
#define PACKAGES "/usr/lib/python3/dist-packages"
#define EPOCH 1700000000000000000u

static const struct rule leak = {
    .name = "leaked-cancel", .level = LEVEL_ERROR, .summary = "a scope left a cancellation request behind"};
static const struct rule storm = {
    .name = "cancel-storm", .level = LEVEL_WARNING, .summary = "a scope cancels the same task again and again"};

static const struct known_issue issue_716 = {
    .id = "anyio#716",
    .url = "https://github.com/agronholm/anyio/issues/716",
    .fixed_in = "4.4.0",
    .advice = "upgrade anyio to 4.4.0 or later",
};

static const struct stack_frame main_5 = {PROJECT "/a01.py", "main", 5, FRAME_USER};
static const struct stack_frame main_6 = {PROJECT "/a01.py", "main", 6, FRAME_USER};
static const struct stack_frame main_7 = {PROJECT "/a01.py", "main", 7, FRAME_USER};
static const struct stack_frame module_20 = {PROJECT "/a01.py", "<module>", 20, FRAME_USER};
static const struct stack_frame run_118 = {"/usr/lib/python3.11/asyncio/runners.py", "Runner.run", 118,
                                           FRAME_STDLIB};
static const struct stack_frame handle_80 = {"/usr/lib/python3.11/asyncio/events.py", "Handle._run", 80,
                                             FRAME_STDLIB};
static const struct stack_frame cancel_412 = {PACKAGES "/anyio/_backends/_asyncio.py", "CancelScope.cancel", 412,
                                              FRAME_LIBRARY};
static const struct stack_frame deliver_450 = {PACKAGES "/anyio/_backends/_asyncio.py",
                                               "CancelScope._deliver_cancellation", 450, FRAME_LIBRARY};

static struct stack *stack_of(uint32_t count, const struct stack_frame *const frames[])
{
    struct stack *stack = g_malloc0(sizeof *stack + count * sizeof *stack->frames);
    stack->count = count;
    for (uint32_t i = 0; i < count; i++)
        stack->frames[i] = *frames[i];
    return stack;
}
#define STACK(...)                                                                                                \
    stack_of(sizeof((const struct stack_frame *[]){__VA_ARGS__}) / sizeof(const struct stack_frame *),            \
             (const struct stack_frame *[]){__VA_ARGS__})

/* Lives for good, also where another name is put in its place. */
static char *name_of(uint64_t task)
{
    g_autofree char *name = g_strdup_printf("Task-%u", (unsigned)task);
    return (char *)g_intern_string(name);
}

static struct moment *moment_at(uint64_t after_ns, uint64_t task, uint64_t scope, const struct stack *stack)
{
    struct moment *moment = g_new0(struct moment, 1);
    moment->time_ns = EPOCH + after_ns;
    moment->task.serial = task;
    moment->task_name = task ? name_of(task) : NULL;
    moment->scope.serial = scope;
    moment->stack = stack;
    return moment;
}

static struct report_process *process_new(uint32_t pid)
{
    struct report_process *process = g_new0(struct report_process, 1);
    process->host = "box";
    process->pid = pid;
    process->python = "3.11.2";
    process->cwd = PROJECT;
    process->asyncio_seen = true;
    process->packages = g_hash_table_new(g_str_hash, g_str_equal);
    g_hash_table_insert(process->packages, "anyio", "4.3.0");
    return process;
}

/* Nobody frees a report of the fixture; that is not a leak as long as it can be reached. */
static GPtrArray *reports;

static struct report *report_new(void)
{
    struct report *report = g_new0(struct report, 1);
    if (!reports)
        reports = g_ptr_array_new();
    g_ptr_array_add(reports, report);
    report->processes = g_ptr_array_new();
    report->findings = g_ptr_array_new();
    report->tasks = g_ptr_array_new();
    report->ends = g_ptr_array_new();
    report->notices = g_ptr_array_new();
    return report;
}

static struct tree_scope *tree_scope_new(uint64_t id, const struct stack_frame *entered, uint32_t after)
{
    struct tree_scope *scope = g_new0(struct tree_scope, 1);
    scope->scope = (struct scope_ref){{id}, "anyio.CancelScope", "move_on_after()"};
    scope->entry = 1;
    scope->entered = moment_at(0, 1, id, STACK(entered));
    scope->counter_after = after;
    scope->children = g_ptr_array_new();
    return scope;
}

static struct tree_task *leak_task(const struct report_process *process)
{
    struct tree_task *task = g_new0(struct tree_task, 1);
    task->process = process;
    task->task = (struct task_ref){{1}, "Task-1", "main"};
    task->end = TASK_END_FINISHED;
    task->counter_max = task->counter_last = 1;
    task->involved = true;
    task->scopes = g_ptr_array_new();
    struct tree_scope *root = tree_scope_new(1, &main_5, 1), *nested = tree_scope_new(2, &main_6, 1);
    root->cancelled = moment_at(80000, 1, 1, STACK(&main_7));
    nested->folded = 3;
    g_ptr_array_add(root->children, nested);
    g_ptr_array_add(task->scopes, root);
    return task;
}

static struct finding *leak_finding(const struct report_process *process)
{
    struct finding *finding = g_new0(struct finding, 1);
    finding->rule = rule_find("leaked-cancel") ? rule_find("leaked-cancel") : &leak;
    finding->level = LEVEL_ERROR;
    finding->confidence = CONFIDENCE_CERTAIN;
    finding->count = 5;
    finding->message = "anyio.CancelScope entered at a01.py:5 (main) was cancelled and left, but the cancellation "
                       "request it raised on Task-1 was never taken back: the task's counter stays at 1";
    finding->fingerprint = "5f1c8a33";
    finding->process = process;
    finding->task = (struct task_ref){{1}, "Task-1", "main"};
    finding->scope = (struct scope_ref){{1}, "anyio.CancelScope", NULL};
    finding->counter_known = true;
    finding->counter_after = 1;
    finding->entered = moment_at(0, 1, 1, STACK(&main_5));
    finding->cancelled = moment_at(81000, 1, 1, STACK(&cancel_412, &main_7, &run_118, &module_20));
    finding->delivered = moment_at(95000, 1, 2, STACK(&deliver_450, &handle_80, &run_118, &module_20));
    finding->exited = moment_at(1295000, 1, 1, STACK(&main_5));
    finding->consequences = g_ptr_array_new();
    finding->afterwards = "The task went on and ended normally; its cancellation counter was then 1.";
    finding->known_issue = &issue_716;
    return finding;
}

struct report *fixture_leak(void)
{
    struct report *report = report_new();
    struct report_process *process = process_new(4711);
    g_ptr_array_add(report->processes, process);
    g_ptr_array_add(report->findings, leak_finding(process));
    g_ptr_array_add(report->tasks, leak_task(process));
    report->summary = (struct report_summary){1, 5, 24, 0, {[LEVEL_ERROR] = 1}};
    return report;
}

struct report *fixture_clean(void)
{
    struct report *report = report_new();
    g_ptr_array_add(report->processes, process_new(4711));
    report->summary = (struct report_summary){3, 12, 240, 0, {0}};
    return report;
}

/* Escape sequences, controls, markup of every format, broken UTF-8, text that turns its direction. */
#define HOSTILE                                                                                                   \
    "\033]0;x\007\033[31m\r\n::error::,%0A<b>&\"'`|*_[x](y)\\\xff\xc3(\xe2\x80\xae"                               \
    "evil]]>"

static const struct stack_frame hostile_frame = {PROJECT "/" HOSTILE ".py", HOSTILE, 3, FRAME_USER};

static struct finding *hostile_finding(const struct report_process *process)
{
    struct finding *finding = g_new0(struct finding, 1);
    struct consequence *consequence = g_new0(struct consequence, 1);
    consequence->message = HOSTILE;
    consequence->count = 2;
    consequence->at = moment_at(9, 0, 0, STACK(&hostile_frame));
    finding->rule = &storm;
    finding->level = LEVEL_WARNING;
    finding->confidence = CONFIDENCE_LIKELY;
    finding->count = 1;
    finding->message = finding->fingerprint = finding->test = finding->afterwards = HOSTILE;
    finding->process = process;
    finding->task = (struct task_ref){{7}, HOSTILE, HOSTILE};
    finding->scope = (struct scope_ref){{3}, HOSTILE, HOSTILE};
    finding->cancelled = moment_at(5, 0, 3, STACK(&hostile_frame));
    finding->cancelled->reason = HOSTILE;
    finding->cancelled->native_stack = g_new0(struct native_frame, 2);
    finding->cancelled->native_stack[0] =
        (struct native_frame){0xdeadbeef, HOSTILE, HOSTILE, 0x1234, HOSTILE, false};
    finding->cancelled->native_stack[1] = (struct native_frame){.address = UINT64_MAX};
    finding->cancelled->native_count = 2;
    finding->consequences = g_ptr_array_new();
    g_ptr_array_add(finding->consequences, consequence);
    return finding;
}

/* As little as the core may know. */
static struct finding *bare_finding(const struct report_process *process)
{
    struct finding *finding = g_new0(struct finding, 1);
    finding->rule = &leak;
    finding->level = LEVEL_NOTE;
    finding->count = 1;
    finding->message = "a request was seen of which nothing else is known";
    finding->fingerprint = "0";
    finding->process = process;
    finding->consequences = g_ptr_array_new();
    return finding;
}

static struct open_task *open_task_new(uint64_t id, const char *name, uint32_t counter)
{
    struct open_task *task = g_new0(struct open_task, 1);
    task->task = (struct task_ref){{id}, (char *)name, "worker"};
    task->counter = counter;
    task->requests = g_ptr_array_new();
    task->scopes = g_ptr_array_new();
    return task;
}

static struct open_request *open_request_new(uint32_t count, struct moment *cancelled, struct moment *raised)
{
    struct open_request *request = g_new0(struct open_request, 1);
    request->count = count;
    if (cancelled)
        request->scope = (struct scope_ref){{1}, "anyio.CancelScope", NULL};
    request->cancelled = cancelled;
    request->raised = raised;
    return request;
}

static struct tree_scope *open_scope_new(uint64_t id)
{
    struct tree_scope *scope = tree_scope_new(id, &main_5, 0);
    scope->open = true;
    return scope;
}

/* One that several were cancelling. */
static struct open_task *busy_task_new(const struct stack_frame *by)
{
    struct open_task *busy = open_task_new(1, "Task-1", 4);
    struct moment *by_other = moment_at(90000000, 2, 1, STACK(by)), *reasoned = moment_at(99, 9, 0, NULL);
    reasoned->reason = "shutting down";
    g_ptr_array_add(busy->requests, open_request_new(1, by_other, moment_at(90100000, 0, 2, NULL)));
    g_ptr_array_add(busy->requests, open_request_new(2, NULL, reasoned));
    g_ptr_array_add(busy->requests, open_request_new(1, NULL, NULL));
    for (uint64_t i = 1; i < 10; i++)
        g_ptr_array_add(busy->scopes, open_scope_new(i));
    struct tree_scope *first = g_ptr_array_index(busy->scopes, 0);
    first->cancelled = by_other;
    first->shield = true;
    busy->scopes_left_out = 4;
    return busy;
}

static struct open_end *open_end_new(const struct report_process *process)
{
    struct open_end *end = g_new0(struct open_end, 1);
    end->process = process;
    end->time_ns = EPOCH + 142000000;
    end->tasks = g_ptr_array_new();
    return end;
}

struct report *fixture_cut(void)
{
    struct report *report = fixture_clean();
    struct report_process *process = g_ptr_array_index(report->processes, 0);
    /* more that were idle than are shown */
    struct open_end *first = open_end_new(process);
    g_ptr_array_add(first->tasks, busy_task_new(&main_7));
    for (uint64_t i = 2; i < 14; i++)
        g_ptr_array_add(first->tasks, open_task_new(i, NULL, 0));
    first->tasks_left_out = 30;
    g_ptr_array_add(report->ends, first);
    for (int i = 1; i < 5; i++) {
        struct open_end *end = open_end_new(process);
        g_ptr_array_add(end->tasks, open_task_new(13, NULL, 0));
        g_ptr_array_add(report->ends, end);
    }
    g_ptr_array_add(report->notices, "The trace of process 4711 ends before the interpreter did.");
    return report;
}

static struct open_end *hostile_end(const struct report_process *process)
{
    struct open_end *end = open_end_new(process);
    struct open_task *task = busy_task_new(&hostile_frame);
    g_ptr_array_add(end->tasks, task);
    end->tasks_left_out = 30;
    struct open_request *request = g_ptr_array_index(task->requests, 0);
    task->task.name = task->task.coroutine = HOSTILE;
    request->scope.kind = HOSTILE;
    request->cancelled->reason = request->cancelled->task_name = HOSTILE;
    return end;
}

struct report *fixture_hostile(void)
{
    struct report *report = fixture_leak();
    struct report_process *hostile = process_new(12), *bare = g_new0(struct report_process, 1);
    hostile->host = hostile->python = hostile->argv = hostile->refused = HOSTILE;
    g_hash_table_insert(hostile->packages, HOSTILE, HOSTILE);
    bare->pid = 13;
    g_ptr_array_add(report->processes, hostile);
    g_ptr_array_add(report->processes, bare);
    g_ptr_array_add(report->findings, hostile_finding(hostile));
    g_ptr_array_add(report->findings, bare_finding(bare));
    g_ptr_array_add(report->notices, HOSTILE);
    g_ptr_array_add(report->ends, hostile_end(hostile));
    struct tree_task *task = leak_task(hostile);
    task->task.name = task->task.coroutine = HOSTILE;
    ((struct tree_scope *)g_ptr_array_index(task->scopes, 0))->scope.kind = HOSTILE;
    g_ptr_array_add(report->tasks, task);
    report->summary = (struct report_summary){2, 5, 24, 7, {1, 1, 1}};
    return report;
}

char *fixture_write(const char *format, const struct report *report, const struct report_style *style)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_true(report_format_find(format)->write(report, style, out, NULL));
    fclose(out);
    assert_int_equal(strlen(text), size);
    return text;
}

/* Golden files outlive releases. */
static char *without_version(const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, "\"version\": \"" SCOPETRACE_VERSION "\"", -1);
    return g_strjoinv("\"version\": \"VERSION\"", parts);
}

void fixture_assert_golden(const char *name, const char *text)
{
    g_autofree char *actual = without_version(text);
    g_autofree char *path = g_build_filename(SOURCE_DIRECTORY, "tests", "golden", name, NULL);
    g_autofree char *golden = NULL;
    if (getenv("UPDATE_GOLDEN"))
        assert_true(g_file_set_contents(path, actual, -1, NULL));
    assert_true(g_file_get_contents(path, &golden, NULL, NULL));
    assert_string_equal(actual, golden);
}
