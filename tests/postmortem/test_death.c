/* SPDX-License-Identifier: MIT */
/* Programs that die in the middle: what was recorded is reported, and what was open then. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/postmortem/support.h"
#include "tests/skip.h"

/* The only process whose trace breaks off, and its task of this coroutine. */
static const json_t *open_task(const json_t *report, const char *coroutine)
{
    const json_t *ends = json_object_get(report, "open_at_end"), *task, *found = NULL;
    size_t index;
    assert_int_equal(json_array_size(ends), 1);
    json_array_foreach(json_object_get(json_array_get(ends, 0), "tasks"), index,
                       task) if (strcmp(json_string_value(json_object_get(task, "coroutine")), coroutine) == 0)
        found = task;
    assert_non_null(found);
    return found;
}

static const char *text_at(const json_t *object, const char *outer, const char *inner)
{
    const json_t *part = json_object_get(object, outer);
    return json_string_value(inner ? json_object_get(part, inner) : part);
}

static void assert_scope(const json_t *task, size_t index, const char *kind, const char *function)
{
    const json_t *scope = json_array_get(json_object_get(task, "scopes"), index);
    const json_t *stack = json_object_get(json_object_get(scope, "entered"), "stack");
    assert_string_equal(text_at(scope, "kind", NULL), kind);
    assert_string_equal(text_at(json_array_get(stack, 0), "function", NULL), function);
}

/* Who was cancelling whom, and where everybody was. */
static void assert_what_was_open(const json_t *report)
{
    const json_t *main = open_task(report, "main"), *worker = open_task(report, "worker");
    assert_int_equal(json_array_size(json_object_get(main, "scopes")), 2);
    assert_scope(main, 0, "asyncio.TaskGroup", "main");
    assert_scope(main, 1, "asyncio.Timeout", "main");
    assert_int_equal(json_integer_value(json_object_get(main, "counter")), 0);

    assert_int_equal(json_array_size(json_object_get(worker, "scopes")), 1);
    assert_scope(worker, 0, "asyncio.Timeout", "worker");
    assert_int_equal(json_integer_value(json_object_get(worker, "counter")), 1);
    const json_t *requests = json_object_get(worker, "requests");
    assert_int_equal(json_array_size(requests), 1);
    const json_t *raised = json_object_get(json_array_get(requests, 0), "raised");
    assert_string_equal(text_at(raised, "task", "name"), "stopper");
    assert_string_equal(text_at(raised, "reason", NULL), "enough");
    assert_int_equal(support_summary(report, "lost_events"), 0);
    support_no_findings(report);
}

static void dies(const char *const *arguments, int status)
{
    struct outcome outcome;
    json_t *report = support_report(arguments, &outcome);
    if (outcome.status != status)
        fail_msg("status %d, not %d: %s", outcome.status, status, outcome.err);
    assert_what_was_open(report);
    json_decref(report);
    outcome_clear(&outcome);
}

static void dies_by(const char *how, int status)
{
    g_autofree char *program = support_program("die.py");
    const char *const arguments[] = {"run", "--", PYTHON, program, how, NULL};
    dies(arguments, status);
}

static void killed(void **state)
{
    (void)state;
    dies_by("kill", 128 + SIGKILL);
}

static void crashed(void **state)
{
    (void)state;
    dies_by("segv", 128 + SIGSEGV);
}

static void gone_by_exit(void **state)
{
    (void)state;
    dies_by("exit", 0);
}

/* Cancels that are all the same are told together, but not for as long as there are no more of them. */
static void killed_after_repeats(void **state)
{
    g_autofree char *program = support_program("repeats.py");
    const char *const arguments[] = {"run", "--", PYTHON, program, "7", NULL};
    struct outcome outcome;
    (void)state;
    json_t *report = support_report(arguments, &outcome);
    const json_t *finding = json_array_get(json_object_get(report, "findings"), 0);
    assert_int_equal(outcome.status, 128 + SIGKILL);
    assert_int_equal(json_integer_value(json_object_get(open_task(report, "main"), "counter")), 7);
    assert_string_equal(text_at(finding, "rule", NULL), "leaked-cancel");
    assert_int_equal(json_integer_value(json_object_get(finding, "count")), 7);
    json_decref(report);
    outcome_clear(&outcome);
}

/* A group of this test's own with little memory, of either version of cgroups; NULL: none can be made here. */
static char *small_group(void)
{
    static const char *const places[][2] = {{"/sys/fs/cgroup/memory", "memory.limit_in_bytes"},
                                            {"/sys/fs/cgroup", "memory.max"}};
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autofree char *group = g_strdup_printf("%s/scopetrace-test-%d", places[i][0], (int)getpid());
        g_autofree char *limit = g_build_filename(group, places[i][1], NULL);
        if (mkdir(group, 0755) != 0)
            continue;
        const int fd = open(limit, O_WRONLY | O_CLOEXEC);
        const bool limited = fd >= 0 && write(fd, "100000000", 9) == 9;
        if (fd >= 0)
            close(fd);
        if (limited)
            return g_steal_pointer(&group);
        rmdir(group);
    }
    return NULL;
}

static void out_of_memory(void **state)
{
    (void)state;
    g_autofree char *group = small_group();
    if (!group)
        skip_because("no memory cgroup can be made here");
    g_autofree char *program = support_program("die.py");
    g_autofree char *script = g_strdup_printf("echo $$ >%s/cgroup.procs; exec " PYTHON " %s oom", group, program);
    const char *const arguments[] = {"run", "--", "sh", "-c", script, NULL};
    dies(arguments, 128 + SIGKILL);
    rmdir(group);
}

/* Tasks that ended in the loop's last turn, whom the program keeps, are not among them. */
static void assert_open_tasks(json_t *report)
{
    const json_t *tasks = json_object_get(json_array_get(json_object_get(report, "open_at_end"), 0), "tasks");
    assert_int_equal(json_array_size(tasks), 3);
    assert_string_equal(text_at(json_array_get(tasks, 0), "name", NULL), "cleans up");
    assert_string_equal(text_at(json_array_get(tasks, 1), "coroutine", NULL), "main");
    assert_string_equal(text_at(json_array_get(tasks, 2), "name", NULL), "nothing happens to it");
    support_no_findings(report);
    json_decref(report);
}

static void ended_tasks_are_not_open(void **state)
{
    (void)state;
    g_autofree char *program = support_program("ended.py");
    static const char *const scopes[] = {"all", "lazy"};
    for (size_t i = 0; i < G_N_ELEMENTS(scopes); i++) {
        const char *const arguments[] = {"run", "--scopes", scopes[i], "--", PYTHON, program, NULL};
        struct outcome outcome;
        json_t *report = support_report(arguments, &outcome);
        assert_int_equal(outcome.status, 128 + SIGKILL);
        outcome_clear(&outcome);
        assert_open_tasks(report);
    }
}

/* Where the loop's waits are not interposed. */
static void nor_after_an_attach(void **state)
{
    (void)state;
    if (!command_may_attach())
        skip();
    g_autofree char *program = support_program("ended.py"), *file = support_path("attached.json");
    const char *const target[] = {PYTHON, program, "later", NULL};
    struct running traced = command_start_plain(target);
    g_free(command_read_until(&traced, "ready"));
    g_autofree char *pid = g_strdup_printf("%d", (int)traced.pid), *format = g_strconcat("json=", file, NULL);
    const char *const attach[] = {"attach", "-f", format, pid, NULL};
    struct running running = command_start(attach);
    g_free(command_read_until(&running, "Ctrl-C ends it"));
    kill(traced.pid, SIGUSR1);
    command_finish(&traced);
    command_finish_with(&running, 0);
    json_t *report = json_load_file(file, 0, NULL);
    assert_non_null(report);
    assert_open_tasks(report);
    assert_int_equal(unlink(file), 0);
}

static void people_are_told(void **state)
{
    (void)state;
    g_autofree char *program = support_program("die.py");
    const char *const arguments[] = {"run", "--", PYTHON, program, "kill", NULL};
    struct outcome outcome = command_run_array(arguments, NULL);
    assert_holds(outcome.err, "Open at the end of the trace of process");
    assert_holds(outcome.err, "(worker), started by Task-1 · cancellation counter 1");
    assert_holds(outcome.err, "cancelled by stopper");
    assert_holds(outcome.err, "python3 was killed by signal 9");
    outcome_clear(&outcome);
}

/* A child made by fork has copies of all that is open in its parent; none of it ever runs there. */
static void copies_in_a_child_are_not_told(void **state)
{
    (void)state;
    const char *const arguments[] = {"run",
                                     "--",
                                     PYTHON,
                                     "-c",
                                     "import asyncio, os\n"
                                     "async def main():\n"
                                     "    async with asyncio.timeout(9):\n"
                                     "        child = os.fork()\n"
                                     "        if not child: asyncio.current_task().cancelling(); os._exit(0)\n"
                                     "        os.waitpid(child, 0)\n"
                                     "        await asyncio.sleep(0.01)\n"
                                     "asyncio.run(main())\n",
                                     NULL};
    struct outcome outcome = command_run_array(arguments, NULL);
    assert_int_equal(outcome.status, 0);
    assert_holds_not(outcome.err, "Open at the end");
    outcome_clear(&outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed),
        cmocka_unit_test(crashed),
        cmocka_unit_test(killed_after_repeats),
        cmocka_unit_test(gone_by_exit),
        cmocka_unit_test(out_of_memory),
        cmocka_unit_test(ended_tasks_are_not_open),
        cmocka_unit_test(nor_after_an_attach),
        cmocka_unit_test(people_are_told),
        cmocka_unit_test(copies_in_a_child_are_not_told),
    };
    return command_verdict(cmocka_run_group_tests(tests, command_setup, command_teardown));
}
