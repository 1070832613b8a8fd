/* SPDX-License-Identifier: MIT */
/*
 * The format "json": schema scopetrace-report/1. A contract: keys are there always and in this order,
 * unknown values are null.
 */
#include <string.h>

#include "analyzer/core/rule.h"
#include "analyzer/reports/escape.h"
#include "analyzer/reports/json_value.h"
#include "analyzer/reports/report_formats.h"

/* Readers of JSON bound the depth they take; what is nested deeper is left out. */
enum { MAX_DEPTH = 400 };

static json_t *write_summary(const struct report *report)
{
    const struct report_summary *summary = &report->summary;
    json_t *findings = json_object();
    for (int level = LEVEL_ERROR; level >= LEVEL_NOTE; level--)
        json_object_set_new(findings, level_name((enum level)level), json_value_number(summary->findings[level]));
    json_t *object = json_object();
    json_object_set_new(object, "processes", json_value_number(report->processes->len));
    json_object_set_new(object, "tasks", json_value_number(summary->tasks));
    json_object_set_new(object, "scopes", json_value_number(summary->scopes));
    json_object_set_new(object, "events", json_value_number(summary->events));
    json_object_set_new(object, "lost_events", json_value_number(summary->lost_events));
    json_object_set_new(object, "findings", findings);
    return object;
}

static json_t *write_stack(const struct stack *stack)
{
    if (!stack)
        return json_null();
    json_t *array = json_array();
    for (uint32_t i = 0; i < stack->count; i++) {
        json_t *frame = json_object();
        json_object_set_new(frame, "file", json_value_text(stack->frames[i].file));
        json_object_set_new(frame, "line", json_value_id(stack->frames[i].line));
        json_object_set_new(frame, "function", json_value_text(stack->frames[i].function));
        json_array_append_new(array, frame);
    }
    return array;
}

/* As text: they do not fit the numbers of most JSON readers. */
static json_t *write_address(uint64_t address)
{
    g_autofree char *text = g_strdup_printf("0x%" G_GINT64_MODIFIER "x", address);
    return json_value_text(text);
}

static json_t *write_native_stack(const struct native_frame *frames, uint32_t count)
{
    if (!count)
        return json_null();
    json_t *array = json_array();
    for (uint32_t i = 0; i < count; i++) {
        const struct native_frame *native = &frames[i];
        json_t *frame = json_object();
        json_object_set_new(frame, "address", write_address(native->address));
        json_object_set_new(frame, "function", json_value_text(native->function));
        json_object_set_new(frame, "library", json_value_text(native->library));
        json_object_set_new(frame, "offset", native->library ? write_address(native->offset) : json_null());
        json_object_set_new(frame, "build_id", json_value_text(native->build_id));
        json_array_append_new(array, frame);
    }
    return array;
}

static json_t *write_moment(const struct moment *moment)
{
    if (!moment)
        return json_null();
    json_t *task = json_null();
    if (moment->task.serial) {
        task = json_object();
        json_object_set_new(task, "id", json_value_number(moment->task.serial));
        json_object_set_new(task, "name", json_value_text(moment->task_name));
    }
    json_t *object = json_object();
    json_object_set_new(object, "time_ns", json_value_id(moment->time_ns));
    json_object_set_new(object, "task", task);
    json_object_set_new(object, "scope_id", json_value_id(moment->scope.serial));
    json_object_set_new(object, "reason", json_value_text(moment->reason));
    json_object_set_new(object, "stack", write_stack(moment->stack));
    json_object_set_new(object, "native_stack", write_native_stack(moment->native_stack, moment->native_count));
    return object;
}

static int compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(a, b);
}

static json_t *write_packages(GHashTable *packages)
{
    json_t *object = json_object();
    if (!packages)
        return object;
    GList *names = g_list_sort(g_hash_table_get_keys(packages), compare_names);
    for (GList *name = names; name; name = name->next) {
        g_autofree char *key = escape_utf8(name->data);
        json_object_set_new(object, key, json_value_text(g_hash_table_lookup(packages, name->data)));
    }
    g_list_free(names);
    return object;
}

static json_t *write_process(const struct report_process *process)
{
    if (!process)
        return json_null();
    json_t *object = json_object();
    json_object_set_new(object, "host", json_value_text(process->host));
    json_object_set_new(object, "pid", json_value_number(process->pid));
    json_object_set_new(object, "python", json_value_text(process->python));
    json_object_set_new(object, "packages", write_packages(process->packages));
    return object;
}

static json_t *write_task_ref(const struct task_ref *task)
{
    if (!task->id.serial)
        return json_null();
    json_t *object = json_object();
    json_object_set_new(object, "id", json_value_number(task->id.serial));
    json_object_set_new(object, "name", json_value_text(task->name));
    json_object_set_new(object, "coroutine", json_value_text(task->coroutine));
    return object;
}

static json_t *write_scope_ref(const struct scope_ref *scope)
{
    if (!scope->id.serial)
        return json_null();
    json_t *object = json_object();
    json_object_set_new(object, "id", json_value_number(scope->id.serial));
    json_object_set_new(object, "kind", json_value_text(scope->kind));
    json_object_set_new(object, "opener", json_value_text(scope->opener));
    return object;
}

static json_t *write_counter(bool known, uint32_t before, uint32_t after)
{
    json_t *object = json_object();
    json_object_set_new(object, "before", known ? json_value_number(before) : json_null());
    json_object_set_new(object, "after", known ? json_value_number(after) : json_null());
    return object;
}

static json_t *write_consequences(const GPtrArray *consequences)
{
    json_t *array = json_array();
    for (guint i = 0; consequences && i < consequences->len; i++) {
        const struct consequence *consequence = g_ptr_array_index(consequences, i);
        json_t *object = json_object();
        json_object_set_new(object, "message", json_value_text(consequence->message));
        json_object_set_new(object, "at", write_moment(consequence->at));
        json_object_set_new(object, "count", json_value_number(consequence->count));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *write_known_issue(const struct known_issue *issue)
{
    if (!issue)
        return json_null();
    json_t *object = json_object();
    json_object_set_new(object, "id", json_value_text(issue->id));
    json_object_set_new(object, "url", json_value_text(issue->url));
    json_object_set_new(object, "fixed_in", json_value_text(issue->fixed_in));
    json_object_set_new(object, "advice", json_value_text(issue->advice));
    return object;
}

static json_t *write_finding(const struct finding *finding)
{
    json_t *object = json_object();
    json_object_set_new(object, "rule", json_value_text(finding->rule->name));
    json_object_set_new(object, "level", json_value_text(level_name(finding->level)));
    json_object_set_new(object, "confidence", json_value_text(confidence_name(finding->confidence)));
    json_object_set_new(object, "count", json_value_number(finding->count));
    json_object_set_new(object, "message", json_value_text(finding->message));
    json_object_set_new(object, "fingerprint", json_value_text(finding->fingerprint));
    json_object_set_new(object, "test", json_value_text(finding->test));
    json_object_set_new(object, "process", write_process(finding->process));
    json_object_set_new(object, "task", write_task_ref(&finding->task));
    json_object_set_new(object, "scope", write_scope_ref(&finding->scope));
    json_object_set_new(object, "counter",
                        write_counter(finding->counter_known, finding->counter_before, finding->counter_after));
    json_object_set_new(object, "entered", write_moment(finding->entered));
    json_object_set_new(object, "cancelled", write_moment(finding->cancelled));
    json_object_set_new(object, "delivered", write_moment(finding->delivered));
    json_object_set_new(object, "exited", write_moment(finding->exited));
    json_object_set_new(object, "consequences", write_consequences(finding->consequences));
    json_object_set_new(object, "known_issue", write_known_issue(finding->known_issue));
    return object;
}

static json_t *write_scopes(const GPtrArray *scopes, int depth);

/* Beyond the contract's four keys: what became of the scope. */
static json_t *write_scope(const struct tree_scope *scope, int depth)
{
    bool too_deep = depth >= MAX_DEPTH && scope->children && scope->children->len;
    json_t *object = json_object();
    json_object_set_new(object, "id", json_value_number(scope->scope.id.serial));
    json_object_set_new(object, "kind", json_value_text(scope->scope.kind));
    json_object_set_new(object, "opener", json_value_text(scope->scope.opener));
    json_object_set_new(object, "entered", write_moment(scope->entered));
    json_object_set_new(object, "exited", write_moment(scope->exited));
    json_object_set_new(object, "cancelled", write_moment(scope->cancelled));
    json_object_set_new(object, "counter",
                        write_counter(!scope->open, scope->counter_before, scope->counter_after));
    json_object_set_new(object, "shield", json_boolean(scope->shield));
    json_object_set_new(object, "open", json_boolean(scope->open));
    json_object_set_new(object, "folded", json_value_number(scope->folded));
    json_object_set_new(object, "children", too_deep ? json_array() : write_scopes(scope->children, depth + 1));
    return object;
}

static json_t *write_scopes(const GPtrArray *scopes, int depth)
{
    json_t *array = json_array();
    for (guint i = 0; scopes && i < scopes->len; i++)
        json_array_append_new(array, write_scope(g_ptr_array_index(scopes, i), depth));
    return array;
}

static json_t *write_task(const struct tree_task *task)
{
    json_t *object = json_object();
    json_object_set_new(object, "process", task->process ? json_value_number(task->process->pid) : json_null());
    json_object_set_new(object, "id", json_value_number(task->task.id.serial));
    json_object_set_new(object, "parent", json_value_id(task->parent.serial));
    json_object_set_new(object, "name", json_value_text(task->task.name));
    json_object_set_new(object, "coroutine", json_value_text(task->task.coroutine));
    json_object_set_new(object, "end", json_value_text(task_end_name(task->end)));
    json_object_set_new(object, "counter_max", json_value_number(task->counter_max));
    json_object_set_new(object, "counter_last", json_value_number(task->counter_last));
    json_object_set_new(object, "scopes", write_scopes(task->scopes, 0));
    return object;
}

/* ---- beyond the contract: there when there is something to say ---- */

static json_t *write_open_request(const struct open_request *request)
{
    json_t *object = json_object();
    json_object_set_new(object, "count", json_value_number(request->count));
    json_object_set_new(object, "scope", write_scope_ref(&request->scope));
    json_object_set_new(object, "cancelled", write_moment(request->cancelled));
    json_object_set_new(object, "raised", write_moment(request->raised));
    return object;
}

static json_t *write_open_scope(const struct tree_scope *scope)
{
    json_t *object = json_object();
    json_object_set_new(object, "id", json_value_number(scope->scope.id.serial));
    json_object_set_new(object, "kind", json_value_text(scope->scope.kind));
    json_object_set_new(object, "opener", json_value_text(scope->scope.opener));
    json_object_set_new(object, "entered", write_moment(scope->entered));
    json_object_set_new(object, "cancelled", write_moment(scope->cancelled));
    json_object_set_new(object, "shield", json_boolean(scope->shield));
    return object;
}

static json_t *write_open_task(const struct open_task *task)
{
    json_t *requests = json_array(), *scopes = json_array();
    for (guint i = 0; i < task->requests->len; i++)
        json_array_append_new(requests, write_open_request(g_ptr_array_index(task->requests, i)));
    for (guint i = 0; i < task->scopes->len; i++)
        json_array_append_new(scopes, write_open_scope(g_ptr_array_index(task->scopes, i)));
    json_t *object = json_object();
    json_object_set_new(object, "id", json_value_number(task->task.id.serial));
    json_object_set_new(object, "name", json_value_text(task->task.name));
    json_object_set_new(object, "coroutine", json_value_text(task->task.coroutine));
    json_object_set_new(object, "parent", json_value_id(task->parent.serial));
    json_object_set_new(object, "counter", json_value_number(task->counter));
    json_object_set_new(object, "requests", requests);
    json_object_set_new(object, "scopes", scopes);
    json_object_set_new(object, "scopes_left_out", json_value_number(task->scopes_left_out));
    return object;
}

static json_t *write_open_end(const struct open_end *end)
{
    json_t *tasks = json_array();
    for (guint i = 0; i < end->tasks->len; i++)
        json_array_append_new(tasks, write_open_task(g_ptr_array_index(end->tasks, i)));
    json_t *object = json_object();
    json_object_set_new(object, "process", write_process(end->process));
    json_object_set_new(object, "time_ns", json_value_number(end->time_ns));
    json_object_set_new(object, "tasks", tasks);
    json_object_set_new(object, "tasks_left_out", json_value_number(end->tasks_left_out));
    return object;
}

static json_t *write_threads(const struct last_moment *moment)
{
    json_t *array = json_array();
    for (guint i = 0; i < moment->threads->len; i++) {
        const struct memory_thread *thread = g_ptr_array_index(moment->threads, i);
        json_t *object = json_object();
        json_object_set_new(object, "tid", json_value_number(thread->tid));
        json_object_set_new(object, "signalled", json_boolean(i == 0 && moment->signal));
        json_object_set_new(object, "native_stack", write_native_stack(thread->frames, thread->count));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *write_memory(const struct last_moment *moment)
{
    json_t *remarks = json_array();
    for (guint i = 0; i < moment->remarks->len; i++)
        json_array_append_new(remarks, json_value_text(g_ptr_array_index(moment->remarks, i)));
    json_t *object = json_object();
    json_object_set_new(object, "file", json_value_text(moment->file));
    json_object_set_new(object, "process", write_process(moment->process));
    json_object_set_new(object, "signal", json_value_id((uint64_t)moment->signal));
    json_object_set_new(object, "address", moment->address ? write_address(moment->address) : json_null());
    json_object_set_new(object, "events", json_value_number(moment->events));
    json_object_set_new(object, "events_not_in_trace",
                        moment->compared ? json_value_number(moment->missing) : json_null());
    json_object_set_new(object, "remarks", remarks);
    json_object_set_new(object, "open", moment->end ? write_open_end(moment->end) : json_null());
    json_object_set_new(object, "threads", write_threads(moment));
    return object;
}

static void add_extras(json_t *root, const struct report *report)
{
    json_t *ends = json_array(), *notices = json_array();
    for (guint i = 0; i < report->ends->len; i++)
        json_array_append_new(ends, write_open_end(g_ptr_array_index(report->ends, i)));
    for (guint i = 0; i < report->notices->len; i++)
        json_array_append_new(notices, json_value_text(g_ptr_array_index(report->notices, i)));
    if (json_array_size(notices))
        json_object_set(root, "notices", notices);
    if (json_array_size(ends))
        json_object_set(root, "open_at_end", ends);
    json_decref(notices);
    json_decref(ends);
    if (report->memory)
        json_object_set_new(root, "memory", write_memory(report->memory));
}

static json_t *write_report(const struct report *report, const struct report_style *style)
{
    json_t *tool = json_object();
    json_object_set_new(tool, "name", json_string("scopetrace"));
    json_object_set_new(tool, "version", json_string(SCOPETRACE_VERSION));
    json_t *findings = json_array();
    for (guint i = 0; i < report->findings->len; i++)
        json_array_append_new(findings, write_finding(g_ptr_array_index(report->findings, i)));
    json_t *root = json_object();
    json_object_set_new(root, "schema", json_string("scopetrace-report/1"));
    json_object_set_new(root, "tool", tool);
    json_object_set_new(root, "summary", write_summary(report));
    json_object_set_new(root, "findings", findings);
    add_extras(root, report);
    if (!style->tree)
        return root;
    json_t *tasks = json_array();
    for (guint i = 0; i < report->tasks->len; i++)
        json_array_append_new(tasks, write_task(g_ptr_array_index(report->tasks, i)));
    json_object_set_new(root, "tasks", tasks);
    return root;
}

gboolean report_write_json(const struct report *report, const struct report_style *style, FILE *out,
                           GError **error)
{
    return json_value_write(write_report(report, style), out, error);
}

gboolean finding_write_json(const struct finding *finding, const struct report_style *style, FILE *out,
                            GError **error)
{
    json_t *root = json_object();
    (void)style;
    json_object_set_new(root, "schema", json_string("scopetrace-finding/1"));
    json_t *keys = write_finding(finding);
    json_object_update(root, keys);
    json_decref(keys);
    return json_value_write_line(root, out, error);
}
