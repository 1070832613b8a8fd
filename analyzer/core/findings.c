/* SPDX-License-Identifier: MIT */
#include "analyzer/core/findings.h"

#include <stdarg.h>

#include "analyzer/core/analysis_internal.h"
#include "analyzer/core/libraries.h"
#include "analyzer/core/scopes.h"
#include "analyzer/core/stacks.h"
#include "analyzer/core/tree.h"
#include "analyzer/core/world.h"

#define LISTED_CONSEQUENCES 5u
#define LISTED_TESTS 20u

struct group {
    struct finding *finding;
    char *key;
};

void group_free(void *data)
{
    struct group *group = data;
    g_free(group->key);
    g_free(group);
}

/* A task may have been named after the event: a living one is called as it is called now. */
static const char *name_of_actor(struct world *world, const struct mark *mark)
{
    const struct task *task = world_find_task(world, mark->by);
    return task && task->name ? task->name : mark->by_name;
}

struct moment *moment_new(struct world *world, const struct mark *mark, struct scope_id scope)
{
    if (!mark || !mark->time_ns)
        return NULL;
    struct moment *moment = g_new0(struct moment, 1);
    moment->time_ns = mark->time_ns;
    moment->task = mark->by;
    moment->task_name = g_strdup(name_of_actor(world, mark));
    moment->scope = scope;
    moment->reason = g_strdup(mark->reason);
    moment->stack = stack_get(world, mark->stack);
    return moment;
}

struct moment *moment_of_cancel(struct world *world, const struct mark *mark, struct scope_id scope, bool of_child)
{
    struct moment *moment = moment_new(world, mark, scope);
    if (moment)
        moment->of_child = of_child;
    return moment;
}

static const char *site_phrase(struct world *world, struct stack_id stack, const char *prefix)
{
    const struct site *site = stack_site(world, stack);
    if (!site)
        return "";
    char *phrase = g_strconcat(prefix, site->text, NULL);
    const char *kept = g_string_chunk_insert_const(world->strings, phrase);
    g_free(phrase);
    return kept;
}

const char *entered_at(struct world *world, const struct scope *scope)
{
    const struct site *site = stack_site(world, scope->entered.stack);
    if (!site || !site->opener)
        return site_phrase(world, scope->entered.stack, " entered at ");
    g_autofree char *prefix = g_strdup_printf(" of %s entered at ", site->opener);
    return site_phrase(world, scope->entered.stack, prefix);
}

struct scope_ref scope_ref_new(struct world *world, struct scope_id id, const char *kind, struct stack_id entered)
{
    const struct site *site = stack_site(world, entered);
    return (struct scope_ref){id, g_strdup(kind), g_strdup(site ? site->opener : NULL)};
}

/* No line of the program did it: nobody should look for one. A loop in C leaves the frame of who runs it. */
static bool is_callback_itself(const struct site *site)
{
    if (!site)
        return false;
    return (g_str_has_suffix(site->text, " (Handle._run)") && strstr(site->text, "asyncio/events.py:")) ||
           (g_str_has_suffix(site->text, " (Runner.run)") && strstr(site->text, "asyncio/runners.py:"));
}

const char *happened_at(struct world *world, struct stack_id stack)
{
    if (is_callback_itself(stack_site(world, stack)))
        return " by the event loop (call_later or call_soon of task.cancel; no line of the program is known)";
    return site_phrase(world, stack, " at ");
}

char *task_title(const char *name)
{
    if (!name)
        return g_strdup("an unnamed task");
    return g_str_has_prefix(name, "Task-") ? g_strdup(name) : g_strdup_printf("task %s", name);
}

char *task_title_first(const char *name)
{
    char *title = task_title(name);
    *title = g_ascii_toupper(*title);
    return title;
}

static void attach_native(struct moment *moment, const struct request *request)
{
    if (!moment || !request->native_count)
        return;
    moment->native_stack = libraries_name(request->task->world, request->native, request->native_count);
    moment->native_count = request->native_count;
}

/* Who decided: the origin's scope-level cancel, else the Task.cancel() itself. */
static const struct mark *cancel_mark(const struct verdict *verdict)
{
    const struct request *request = verdict->request;
    if (verdict->cancelled)
        return verdict->cancelled;
    if (request && request->origin && request->origin->cancelled)
        return request->origin->cancelled;
    if (request)
        return request->unknown ? NULL : &request->raised;
    return verdict->scope ? verdict->scope->cancelled : NULL;
}

static bool is_of_child(const struct verdict *verdict, const struct mark *cancel)
{
    const struct scope *origin = verdict->request ? verdict->request->origin : verdict->scope;
    return origin && cancel == origin->cancelled && origin->of_child;
}

static const struct mark *entry_mark(const struct verdict *verdict)
{
    return verdict->entered ? verdict->entered : verdict->scope ? &verdict->scope->entered : NULL;
}

static void fill_moments(struct world *world, struct finding *finding, const struct verdict *verdict)
{
    const struct request *request = verdict->request;
    const struct scope *scope = verdict->scope;
    struct scope_id none = {0}, own = scope ? scope->id : none;
    const struct mark *cancel = cancel_mark(verdict);
    struct scope_id canceller = !request ? own : request->origin ? request->origin->id : none;
    finding->entered = moment_new(world, entry_mark(verdict), own);
    finding->cancelled = moment_of_cancel(world, cancel, canceller, is_of_child(verdict, cancel));
    if (request && cancel != &request->raised && !request->unknown)
        finding->delivered =
            moment_new(world, &request->raised, request->deliverer ? request->deliverer->id : none);
    finding->exited = moment_new(world, verdict->exited ? verdict->exited : scope ? &scope->exited : NULL, own);
    if (request)
        attach_native(finding->delivered ? finding->delivered : finding->cancelled, request);
}

static const struct mark *cause_mark(const struct verdict *verdict)
{
    return verdict->by_entry ? NULL : cancel_mark(verdict);
}

static char *site_part(struct world *world, const struct mark *mark, bool with_line)
{
    const struct site *site = mark ? stack_site(world, mark->stack) : NULL;
    return g_strdup(!site ? "" : with_line ? site->spot : site->key);
}

/* Level is no part of it: the same cause keeps its fingerprint when a rule is refined. */
static char *fingerprint_new(struct world *world, const struct verdict *verdict)
{
    char *entry = site_part(world, entry_mark(verdict), false);
    char *cancel = site_part(world, cause_mark(verdict), false);
    char *text = g_strjoin("\037", verdict->rule->name, entry, cancel, NULL);
    char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
    char *fingerprint = g_strndup(sum, 16);
    g_free(sum);
    g_free(text);
    g_free(cancel);
    g_free(entry);
    return fingerprint;
}

static char *group_key(struct world *world, const struct verdict *verdict, enum level level)
{
    char *entry = site_part(world, entry_mark(verdict), true);
    char *cancel = site_part(world, cause_mark(verdict), true);
    const char *kind = verdict->scope ? scope_kind(verdict->scope) : "";
    char *key = g_strjoin("\037", verdict->rule->name, level_name(level), kind, entry, cancel, NULL);
    g_free(cancel);
    g_free(entry);
    return key;
}

static enum confidence confidence_of(const struct world *world, bool uncertain)
{
    if (uncertain)
        return CONFIDENCE_POSSIBLE;
    return world->lost || world->mid_life || world->mismatch || world->gap ? CONFIDENCE_LIKELY
                                                                           : CONFIDENCE_CERTAIN;
}

static const char *label_of(const struct world *world, const struct verdict *verdict)
{
    return verdict->request ? verdict->request->label : world->label;
}

/* A cause that many tests share is one finding; which tests it spoils matters all the same. */
static void add_test(struct finding *finding, const char *label)
{
    if (!label || !*label || g_strcmp0(label, finding->test) == 0)
        return;
    if (!finding->more_tests)
        finding->more_tests = g_ptr_array_new_with_free_func(g_free);
    if (g_ptr_array_find_with_equal_func(finding->more_tests, label, g_str_equal, NULL))
        return;
    if (finding->more_tests->len < LISTED_TESTS)
        g_ptr_array_add(finding->more_tests, g_strdup(label));
    else
        finding->tests_left_out = true;
}

static struct finding *finding_new(struct world *world, const struct verdict *verdict, enum level level)
{
    struct finding *finding = g_new0(struct finding, 1);
    const struct task *task = verdict->task;
    finding->rule = verdict->rule;
    finding->level = level;
    finding->confidence = confidence_of(world, verdict->uncertain);
    finding->message = g_strdup(verdict->message);
    finding->fingerprint = fingerprint_new(world, verdict);
    finding->test = g_strdup(label_of(world, verdict));
    finding->process = world->process;
    if (task) {
        finding->task.id = task->id;
        finding->task.name = g_strdup(task->name);
        finding->task.coroutine = g_strdup(task->coroutine);
    }
    if (verdict->scope)
        finding->scope =
            scope_ref_new(world, verdict->scope->id, scope_kind(verdict->scope), verdict->scope->entered.stack);
    finding->counter_known =
        verdict->counter_known && !(verdict->scope && scope_traits(verdict->scope) & TRAIT_NO_COUNTER);
    finding->refused = verdict->refused;
    finding->counter_before = verdict->scope && verdict->scope->known
                                  ? verdict->scope->counter_before /* at its entry */
                                  : verdict->counter_before;
    finding->counter_after = verdict->counter_after;
    finding->consequences = g_ptr_array_new();
    finding->known_issue = known_issue_find(world, verdict);
    fill_moments(world, finding, verdict);
    return finding;
}

static struct group *group_new(struct world *world, const struct verdict *verdict, enum level level, char *key)
{
    struct group *group = g_new0(struct group, 1);
    group->key = key;
    group->finding = finding_new(world, verdict, level);
    g_ptr_array_add(world->analysis->report.findings, group->finding);
    g_hash_table_insert(world->analysis->groups, group->key, group);
    struct scope *scope = verdict->scope ? scope_find(world, verdict->scope->id) : NULL;
    if (scope)
        tree_list_scope(world, scope);
    struct task *task = verdict->task ? world_find_task(world, verdict->task->id) : NULL;
    if (task) {
        task->involved = true;
        if (!task->findings)
            task->findings = g_ptr_array_new();
        g_ptr_array_add(task->findings, group);
    }
    return group;
}

struct group *finding_report(struct world *world, const struct verdict *verdict)
{
    enum level level = verdict->uncertain ? LEVEL_NOTE : verdict->level;
    char *key = group_key(world, verdict, level);
    struct group *group = g_hash_table_lookup(world->analysis->groups, key);
    bool known = group != NULL;
    if (known)
        g_free(key);
    else
        group = group_new(world, verdict, level, key);
    add_test(group->finding, label_of(world, verdict));
    if (!known || !verdict->counted)
        group->finding->count += verdict->count ? verdict->count : 1;
    g_free(verdict->message);
    return group;
}

bool group_is_single(const struct group *group)
{
    return group->finding->count == 1;
}

uint64_t group_count(const struct group *group)
{
    return group->finding->count;
}

void group_reword(struct group *group, char *message)
{
    g_free(group->finding->message);
    group->finding->message = message;
}

static bool frames_equal(const struct stack_frame *one, const struct stack_frame *other)
{
    return one->line == other->line && g_strcmp0(one->file, other->file) == 0 &&
           g_strcmp0(one->function, other->function) == 0;
}

static bool stacks_equal(const struct stack *one, const struct stack *other)
{
    if (one == other || !one || !other)
        return one == other;
    bool equal = one->count == other->count;
    for (uint32_t i = 0; equal && i < one->count; i++)
        equal = frames_equal(&one->frames[i], &other->frames[i]);
    return equal;
}

/* What was said already of the same place; NULL. */
static struct consequence *consequence_like(const struct finding *finding, const char *message,
                                            const struct stack *stack)
{
    for (guint i = 0; i < finding->consequences->len; i++) {
        struct consequence *consequence = g_ptr_array_index(finding->consequences, i);
        if (g_str_equal(consequence->message, message) &&
            stacks_equal(consequence->at ? consequence->at->stack : NULL, stack))
            return consequence;
    }
    return NULL;
}

void group_consequence(struct group *group, struct world *world, const struct mark *at, const struct scope *scope,
                       const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    const bool placed = at && at->time_ns;
    struct consequence *consequence =
        consequence_like(group->finding, message, placed ? stack_get(world, at->stack) : NULL);
    if (!consequence && group->finding->consequences->len < LISTED_CONSEQUENCES) {
        consequence = g_new0(struct consequence, 1);
        consequence->message = g_steal_pointer(&message);
        consequence->at = moment_new(world, at, scope ? scope->id : (struct scope_id){0});
        g_ptr_array_add(group->finding->consequences, consequence);
    }
    if (consequence)
        consequence->count++;
}

/* What else the finding speaks of happened to the task itself: it went on from there. */
static bool is_all_its_own(const struct finding *finding, const struct task *task)
{
    return !finding->exited || finding->exited->task.serial == task->id.serial;
}

/* A task that never had a counter has none to speak of. */
static char *afterwards(const struct task *task, const struct finding *finding)
{
    bool own = is_all_its_own(finding, task), went_on = own && task->how == TASK_FINISHED && task->over;
    static const char *const ends[] = {[TASK_OPEN] = "was never finished",
                                       [TASK_FINISHED] = "ended normally",
                                       [TASK_CANCELLED] = "ended cancelled",
                                       [TASK_FAILED] = "ended with an exception"};
    const char *end = !task->over                              ? "was still running when the trace ended"
                      : (size_t)task->how < G_N_ELEMENTS(ends) ? ends[task->how]
                                                               : "ended";
    g_autofree char *title = own ? g_strdup("The task") : task_title_first(task->name);
    g_autofree char *what = g_strdup_printf("%s %s%s", title, went_on ? "went on and " : "", end);
    if (!finding->counter_known && !task->counter_max)
        return g_strdup_printf("%s.", what);
    return g_strdup_printf("%s; its cancellation counter was then %u.", what, task->counter_last);
}

void findings_task_over(struct task *task)
{
    for (guint i = 0; task->findings && i < task->findings->len; i++) {
        struct finding *finding = ((struct group *)g_ptr_array_index(task->findings, i))->finding;
        if (!finding->afterwards)
            finding->afterwards = afterwards(task, finding);
    }
}
