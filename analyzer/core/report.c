/* SPDX-License-Identifier: MIT */
#include "analyzer/core/report.h"

#include <string.h>

#include "analyzer/core/findings.h"

static const char *const level_names[LEVELS] = {"note", "warning", "error"};

const char *level_name(enum level level)
{
    return level_names[level];
}

bool level_parse(const char *name, enum level *ret_level)
{
    for (int i = 0; i < LEVELS; i++)
        if (strcmp(name, level_names[i]) == 0) {
            *ret_level = (enum level)i;
            return true;
        }
    return false;
}

const char *confidence_name(enum confidence confidence)
{
    static const char *const names[] = {"possible", "likely", "certain"};
    return names[confidence];
}

const char *task_end_name(enum task_end_state end)
{
    static const char *const names[] = {"finished", "cancelled", "failed", "open", "unknown"};
    return names[end];
}

const char *task_coroutine_beside(const char *name, const char *coroutine)
{
    if (!coroutine || !*coroutine)
        return NULL;
    if (!name || !*name)
        return coroutine;
    /* AnyIO names a task after its coroutine, with the module before it; from 4.14 on, another runs that one */
    g_autofree char *end = g_strdup_printf(".%s", coroutine);
    return g_str_has_suffix(name, end) || strcmp(coroutine, "TaskHandle._run_coro") == 0 ? NULL : coroutine;
}

void moment_free(void *data)
{
    struct moment *moment = data;
    if (!moment)
        return;
    for (uint32_t i = 0; i < moment->native_count; i++) {
        g_free(moment->native_stack[i].function);
        g_free(moment->native_stack[i].library);
        g_free(moment->native_stack[i].build_id);
    }
    g_free(moment->native_stack);
    g_free(moment->task_name);
    g_free(moment->reason);
    g_free(moment);
}

static void consequence_free(void *data, void *unused)
{
    (void)unused;
    struct consequence *consequence = data;
    g_free(consequence->message);
    moment_free(consequence->at);
    g_free(consequence);
}

void scope_ref_clear(struct scope_ref *scope)
{
    g_clear_pointer(&scope->kind, g_free);
    g_clear_pointer(&scope->opener, g_free);
}

void finding_free(void *data)
{
    struct finding *finding = data;
    g_ptr_array_foreach(finding->consequences, consequence_free, NULL);
    g_ptr_array_unref(finding->consequences);
    moment_free(finding->entered);
    moment_free(finding->cancelled);
    moment_free(finding->delivered);
    moment_free(finding->exited);
    g_free(finding->message);
    g_free(finding->fingerprint);
    g_free(finding->test);
    g_clear_pointer(&finding->more_tests, g_ptr_array_unref);
    g_free(finding->task.name);
    g_free(finding->task.coroutine);
    scope_ref_clear(&finding->scope);
    g_free(finding->afterwards);
    g_free(finding);
}

void tree_scope_free(void *data)
{
    struct tree_scope *scope = data;
    moment_free(scope->entered);
    moment_free(scope->exited);
    moment_free(scope->cancelled);
    g_ptr_array_unref(scope->children);
    scope_ref_clear(&scope->scope);
    g_free(scope);
}

void tree_task_free(void *data)
{
    struct tree_task *task = data;
    g_ptr_array_unref(task->scopes);
    g_free(task->task.name);
    g_free(task->task.coroutine);
    g_free(task);
}

void report_process_free(void *data)
{
    struct report_process *process = data;
    g_free(process->host);
    g_free(process->python);
    g_free(process->executable);
    g_free(process->argv);
    g_free(process->cwd);
    g_free(process->refused);
    g_hash_table_unref(process->packages);
    g_clear_pointer(&process->installs, g_ptr_array_unref);
    g_free(process);
}
