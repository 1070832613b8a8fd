/* SPDX-License-Identifier: MIT */
#include "tests/postmortem/busy.h"

#include <signal.h>
#include <string.h>

const json_t *busy_task(const json_t *report, const char *name)
{
    const json_t *tasks = json_object_get(json_array_get(json_object_get(report, "open_at_end"), 0), "tasks");
    const json_t *task, *found = NULL;
    size_t index;
    json_array_foreach(tasks, index, task)
    {
        const char *this = json_string_value(json_object_get(task, "name"));
        const char *coroutine = json_string_value(json_object_get(task, "coroutine"));
        if (strcmp(this, name) == 0 || strcmp(coroutine, name) == 0)
            found = task;
    }
    if (!found)
        fail_msg("no task %s is open at the end", name);
    return found;
}

void assert_at(const json_t *moment, const char *file, const char *function)
{
    const json_t *frame = json_array_get(json_object_get(moment, "stack"), 0);
    const char *path = json_string_value(json_object_get(frame, "file"));
    assert_non_null(path);
    assert_true(g_str_has_suffix(path, file));
    assert_string_equal(json_string_value(json_object_get(frame, "function")), function);
}

const json_t *busy_only_scope(const json_t *task)
{
    const json_t *scopes = json_object_get(task, "scopes");
    assert_int_equal(json_array_size(scopes), 1);
    return json_array_get(scopes, 0);
}

void assert_nothing_invented(const json_t *report)
{
    const json_t *finding;
    size_t index;
    json_array_foreach(json_object_get(report, "findings"), index, finding)
    {
        const json_t *name = json_object_get(json_object_get(finding, "task"), "name");
        const char *rule = json_string_value(json_object_get(finding, "rule"));
        const bool is_note = strcmp(json_string_value(json_object_get(finding, "level")), "note") == 0;
        if (is_note || (strcmp(rule, "swallowed-cancel") == 0 && strcmp(json_string_value(name), "resists") == 0))
            continue;
        g_autofree char *text = json_dumps(finding, JSON_INDENT(1));
        fail_msg("invented: %s", text);
    }
    assert_int_equal(support_summary(report, "lost_events"), 0);
}

struct running busy_start(const char *const *options, const char *how, const char *until)
{
    g_autofree char *program = support_program("busy.py");
    GPtrArray *all = g_ptr_array_new();
    for (; *options; options++)
        g_ptr_array_add(all, (char *)*options);
    g_ptr_array_add(all, "--");
    g_ptr_array_add(all, PYTHON);
    g_ptr_array_add(all, program);
    g_ptr_array_add(all, (char *)how);
    g_ptr_array_add(all, NULL);
    const struct running running = command_start((const char *const *)all->pdata);
    g_free(command_read_until(&running, until));
    g_ptr_array_free(all, TRUE);
    return running;
}

int busy_finish(struct running *running)
{
    kill(support_process("python3"), SIGUSR1);
    return command_finish(running);
}
