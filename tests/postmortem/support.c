/* SPDX-License-Identifier: MIT */
#include "tests/postmortem/support.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

char *support_program(const char *name)
{
    return g_build_filename(SOURCE_DIRECTORY, "tests/postmortem/programs", name, NULL);
}

char *support_path(const char *name)
{
    return g_build_filename(command_folder(), name, NULL);
}

void support_copy_python(const char *path)
{
    /* sizes of name and description, type (NT_GNU_BUILD_ID), name */
    static const char note[] = "\4\0\0\0\24\0\0\0\3\0\0\0GNU";
    g_autofree char *bytes = NULL;
    gsize size;
    assert_true(g_file_get_contents(PYTHON, &bytes, &size, NULL));
    char *build_id = memmem(bytes, size, note, sizeof note);
    assert_non_null(build_id);
    build_id[sizeof note] ^= 1;
    assert_true(g_file_set_contents_full(path, bytes, (gssize)size, G_FILE_SET_CONTENTS_NONE, 0700, NULL));
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status, (void)type, (void)walk;
    return remove(path);
}

void support_remove(const char *path)
{
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

void support_remove_leftovers(void)
{
    g_autoptr(GDir) entries = g_dir_open(command_folder(), 0, NULL);
    for (const char *name; (name = g_dir_read_name(entries));) {
        g_autofree char *path = support_path(name);
        if (g_str_has_prefix(name, "scopetrace-"))
            support_remove(path);
    }
}

static const char **with_format(const char *const *arguments, const char *format)
{
    GPtrArray *all = g_ptr_array_new();
    g_ptr_array_add(all, (char *)arguments[0]);
    g_ptr_array_add(all, "-f");
    g_ptr_array_add(all, (char *)format);
    for (const char *const *rest = arguments + 1; *rest; rest++)
        g_ptr_array_add(all, (char *)*rest);
    g_ptr_array_add(all, NULL);
    return (const char **)g_ptr_array_free(all, FALSE);
}

static json_t *make_report(const char *const *arguments, struct outcome *ret_outcome)
{
    g_autofree char *file = support_path("report.json");
    g_autofree char *format = g_strdup_printf("json=%s", file);
    g_autofree const char **all = with_format(arguments, format);
    *ret_outcome = command_run_array(all, NULL);
    json_t *report = json_load_file(file, 0, NULL);
    unlink(file);
    return report;
}

json_t *support_try_report(const char *const *arguments)
{
    struct outcome outcome;
    json_t *report = make_report(arguments, &outcome);
    outcome_clear(&outcome);
    return report;
}

json_t *support_report(const char *const *arguments, struct outcome *ret_outcome)
{
    struct outcome outcome;
    json_t *report = make_report(arguments, &outcome);
    if (!report || (!ret_outcome && outcome.status > 1))
        fail_msg("status %d: %s%s", outcome.status, outcome.out, outcome.err);
    if (ret_outcome)
        *ret_outcome = outcome;
    else
        outcome_clear(&outcome);
    return report;
}

json_int_t support_summary(const json_t *report, const char *key)
{
    return json_integer_value(json_object_get(json_object_get(report, "summary"), key));
}

static bool is_of(const json_t *finding, const char *rule)
{
    return strcmp(json_string_value(json_object_get(finding, "rule")), rule) == 0;
}

size_t support_count(const json_t *report, const char *rule)
{
    const json_t *finding;
    size_t index, count = 0;
    json_array_foreach(json_object_get(report, "findings"), index, finding) count += is_of(finding, rule);
    return count;
}

static void fail_with(const json_t *findings)
{
    g_autofree char *text = json_dumps(findings, JSON_INDENT(1));
    fail_msg("%zu findings: %s", json_array_size(findings), text);
}

void support_no_findings(const json_t *report)
{
    const json_t *findings = json_object_get(report, "findings");
    if (json_array_size(findings) != 0)
        fail_with(findings);
}

void support_no_findings_but_of(const json_t *report, const char *rule)
{
    const json_t *findings = json_object_get(report, "findings");
    if (json_array_size(findings) != support_count(report, rule))
        fail_with(findings);
}

const json_t *support_finding(const json_t *report, const char *rule)
{
    const json_t *finding, *found = NULL;
    size_t index;
    if (support_count(report, rule) != 1)
        fail_with(json_object_get(report, "findings"));
    json_array_foreach(json_object_get(report, "findings"), index, finding) if (is_of(finding, rule)) found =
        finding;
    return found;
}

const json_t *support_finding_on(const json_t *report, const char *rule, const char *task)
{
    const json_t *finding, *found = NULL;
    size_t index;
    json_array_foreach(json_object_get(report, "findings"), index, finding)
    {
        const char *name = json_string_value(json_object_get(json_object_get(finding, "task"), "name"));
        if (!is_of(finding, rule) || g_strcmp0(name, task) != 0)
            continue;
        if (found)
            fail_with(json_object_get(report, "findings"));
        found = finding;
    }
    if (!found)
        fail_with(json_object_get(report, "findings"));
    return found;
}

static bool is_named(const char *pid, const char *name)
{
    g_autofree char *comm = g_build_filename("/proc", pid, "comm", NULL);
    g_autofree char *environment = g_build_filename("/proc", pid, "environ", NULL);
    g_autofree char *text = NULL, *variables = NULL;
    gsize size = 0;
    return g_file_get_contents(comm, &text, NULL, NULL) && g_str_equal(g_strchomp(text), name) &&
           g_file_get_contents(environment, &variables, &size, NULL) &&
           memmem(variables, size, command_folder(), strlen(command_folder()));
}

static pid_t find_process(const char *name)
{
    g_autoptr(GDir) processes = g_dir_open("/proc", 0, NULL);
    for (const char *pid; (pid = g_dir_read_name(processes));)
        if (g_ascii_isdigit(*pid) && is_named(pid, name))
            return (pid_t)g_ascii_strtoll(pid, NULL, 10);
    return 0;
}

pid_t support_process(const char *name)
{
    for (int i = 0; i < 500; i++) {
        const pid_t pid = find_process(name);
        if (pid > 1)
            return pid;
        g_usleep(20000);
    }
    fail_msg("no %s runs for this test", name);
    return 0;
}

struct steady support_start(const char *script, const char *ready, const char *verb, const char *option,
                            const char *value)
{
    g_autofree char *program = support_program(script);
    const char *const arguments[] = {verb, option, value, "--", PYTHON, program, NULL};
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    const int own = dup(STDIN_FILENO);
    dup2(ends[0], STDIN_FILENO);
    struct steady steady = {command_start(arguments), ends[1]};
    dup2(own, STDIN_FILENO);
    close(own);
    close(ends[0]);
    g_free(command_read_until(&steady.running, ready));
    return steady;
}

struct steady steady_start(const char *verb, const char *option, const char *value)
{
    return support_start("steady.py", "ready", verb, option, value);
}

void steady_end(struct steady *steady)
{
    assert_int_equal(write(steady->input, "\n", 1), 1);
    g_free(command_read_until(&steady->running, "rounds"));
    close(steady->input);
}

void steady_kill(const struct steady *steady, const char *const *victims)
{
    pid_t pids[8];
    size_t count = 0;
    for (; victims[count]; count++)
        pids[count] =
            g_str_equal(victims[count], COMMAND_ITSELF) ? steady->running.pid : support_process(victims[count]);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(kill(pids[i], SIGSTOP), 0);
    /* one may end, and be reaped, for the death of the one before */
    for (size_t i = 0; i < count; i++)
        assert_true(kill(pids[i], SIGKILL) == 0 || errno == ESRCH);
}

static bool holds(const char *text, const char *part)
{
    g_auto(GStrv) words = g_strsplit_set(text, " \n", -1);
    GString *line = g_string_new(NULL);
    for (char **word = words; *word; word++)
        if (**word)
            g_string_append_printf(line, "%s ", *word);
    const bool found = strstr(line->str, part) != NULL;
    g_string_free(line, TRUE);
    return found;
}

void assert_holds(const char *text, const char *part)
{
    if (!holds(text, part))
        fail_msg("no \"%s\" in: %s", part, text);
}

void assert_holds_not(const char *text, const char *part)
{
    if (holds(text, part))
        fail_msg("there is \"%s\" in: %s", part, text);
}
