/* SPDX-License-Identifier: MIT */
#include "analyzer/reports/story.h"

#include <string.h>

#include "analyzer/core/rule.h"
#include "analyzer/reports/place.h"

char *story_duration(uint64_t ns)
{
    static const struct {
        uint64_t ns;
        const char *unit;
    } units[] = {{1000000000, "s"}, {1000000, "ms"}, {1000, "µs"}};
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++)
        if (ns >= units[i].ns) {
            double amount = (double)ns / (double)units[i].ns;
            return g_strdup_printf("%.*f %s", amount < 10 ? 1 : 0, amount, units[i].unit);
        }
    return g_strdup_printf("%u ns", (unsigned)ns);
}

char *story_count(uint64_t count, const char *singular)
{
    if (count == 1)
        return g_strdup_printf("1 %s", singular);
    bool hisses = g_str_has_suffix(singular, "s");
    return g_strdup_printf("%" G_GUINT64_FORMAT " %s%s", count, singular, hisses ? "es" : "s");
}

char *story_headline(const struct finding *finding)
{
    if (finding->count <= 1)
        return g_strdup(finding->rule->name);
    g_autofree char *times = story_count(finding->count, "time");
    return g_strdup_printf("%s, %s", finding->rule->name, times);
}

static char *task_name(struct task_id id, const char *name)
{
    return name && *name ? g_strdup(name) : g_strdup_printf("task #%" G_GUINT64_FORMAT, id.serial);
}

char *story_task(const struct task_ref *task)
{
    if (!task->id.serial)
        return NULL;
    g_autofree char *name = task_name(task->id, task->name);
    const char *coroutine = task_coroutine_beside(task->name, task->coroutine);
    return coroutine ? g_strdup_printf("%s (%s)", name, coroutine) : g_steal_pointer(&name);
}

static int compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(a, b);
}

char *story_process(const struct report_process *process)
{
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "process %" G_GUINT32_FORMAT, process->pid);
    if (process->host && *process->host)
        g_string_append_printf(text, " on %s", process->host);
    if (process->python && *process->python)
        g_string_append_printf(text, ", Python %s", process->python);
    GList *names = process->packages ? g_list_sort(g_hash_table_get_keys(process->packages), compare_names) : NULL;
    for (GList *name = names; name; name = name->next)
        g_string_append_printf(text, ", %s %s", (char *)name->data,
                               (char *)g_hash_table_lookup(process->packages, name->data));
    g_list_free(names);
    return g_string_free(text, FALSE);
}

char *story_findings(const struct report_summary *summary)
{
    GString *text = g_string_new(NULL);
    for (int level = LEVEL_ERROR; level >= LEVEL_NOTE; level--) {
        if (!summary->findings[level])
            continue;
        g_autofree char *count = story_count(summary->findings[level], level_name((enum level)level));
        g_string_append_printf(text, "%s%s", text->len ? ", " : "", count);
    }
    return text->len ? g_string_free(text, FALSE)
                     : (g_string_assign(text, "no findings"), g_string_free(text, FALSE));
}

char *story_accepted(const struct report *report)
{
    static const char *const names[] = {
        [ACCEPTED_BY_BASELINE] = "in the baseline", [ACCEPTED_BY_SUPPRESSION] = "suppressed"};
    static const enum acceptance order[] = {ACCEPTED_BY_BASELINE, ACCEPTED_BY_SUPPRESSION};
    unsigned counts[G_N_ELEMENTS(names)] = {0};
    GString *text = g_string_new(NULL);
    for (guint i = 0; report->accepted && i < report->accepted->len; i++)
        counts[((const struct accepted_finding *)g_ptr_array_index(report->accepted, i))->why]++;
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++)
        if (counts[order[i]])
            g_string_append_printf(text, "%s%u %s", text->len ? ", " : "", counts[order[i]], names[order[i]]);
    return g_string_free(text, text->len == 0);
}

static char *loss_of(const struct report *report)
{
    const uint64_t lost = report->summary.lost_events;
    if (!lost)
        return g_strdup(report->incomplete ? "none lost in what could be read" : "none lost");
    return g_strdup_printf("%s%" G_GUINT64_FORMAT " lost", report->incomplete ? "at least " : "", lost);
}

char *story_volume(const struct report *report)
{
    g_autofree char *processes = story_count(report->processes->len, "process");
    g_autofree char *tasks = story_count(report->summary.tasks, "task");
    g_autofree char *scopes = story_count(report->summary.scopes, "scope");
    g_autofree char *events = story_count(report->summary.events, "event");
    g_autofree char *loss = loss_of(report);
    return g_strdup_printf("%s, %s, %s, %s, %s", processes, tasks, scopes, events, loss);
}

char *story_issue_state(const struct known_issue *issue)
{
    return issue->fixed_in ? g_strdup_printf("fixed in %s", issue->fixed_in) : g_strdup("not fixed yet");
}

/* ---- the steps ---- */

/* Whether the event loop called the code in which it happened. */
static bool in_callback(const struct moment *moment)
{
    return moment->stack && place_frames_in_loop(moment->stack) < moment->stack->count;
}

/* Who did it, seen from the finding's own task; callback: what the event loop called, if nobody else did. */
static char *actor(const struct finding *finding, const struct moment *moment, const char *callback)
{
    if (!moment->task.serial && place_is_callback(moment->stack))
        return g_strdup_printf("by the event loop, which called %s as a callback (call_later, call_soon); who "
                               "asked for that is not known",
                               callback);
    if (!moment->task.serial)
        return g_strdup(in_callback(moment) ? "by a callback of the event loop" : "from outside of any task");
    if (moment->task.serial == finding->task.id.serial)
        return g_strdup("by the task itself");
    g_autofree char *name = task_name(moment->task, moment->task_name);
    return g_strdup_printf("by %s", name);
}

static char *tell_entered(const struct finding *finding)
{
    const struct moment *moment = finding->entered;
    g_autofree char *name = task_name(moment->task, moment->task_name);
    g_autofree char *what =
        moment->task.serial ? g_strdup_printf("%s entered the scope", name) : g_strdup("the scope was entered");
    if (!finding->counter_known)
        return g_steal_pointer(&what);
    return g_strdup_printf("%s; %s cancellation counter was %" G_GUINT32_FORMAT, what,
                           moment->task.serial ? "its" : "the", finding->counter_before);
}

bool story_is_deadline(const struct moment *cancelled)
{
    return !cancelled->task.serial && g_strcmp0(cancelled->reason, "deadline") == 0;
}

static char *tell_child(const struct moment *cancelled, bool own)
{
    if (own)
        return g_strdup_printf("the scope cancelled itself because %s", cancelled->reason);
    return g_strdup_printf("the task was cancelled through scope #%" G_GUINT64_FORMAT ", because %s",
                           cancelled->scope.serial, cancelled->reason);
}

static char *tell_cancelled(const struct finding *finding)
{
    const struct moment *moment = finding->cancelled;
    bool own = moment->scope.serial && moment->scope.serial == finding->scope.id.serial;
    if (own && story_is_deadline(moment))
        return g_strdup("the deadline of the scope passed");
    if (moment->scope.serial && story_is_deadline(moment))
        return g_strdup_printf("the deadline of scope #%" G_GUINT64_FORMAT " passed", moment->scope.serial);
    if (moment->scope.serial && moment->of_child)
        return tell_child(moment, own);
    g_autofree char *who =
        actor(finding, moment, moment->scope.serial ? "the scope's cancel method" : "Task.cancel");
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "the %s was cancelled %s", own ? "scope" : "task", who);
    if (moment->scope.serial && !own)
        g_string_append_printf(text, ", through scope #%" G_GUINT64_FORMAT, moment->scope.serial);
    if (moment->reason && *moment->reason)
        g_string_append_printf(text, ", reason “%s”", moment->reason);
    return g_string_free(text, FALSE);
}

static char *tell_delivered(const struct finding *finding)
{
    const struct moment *moment = finding->delivered;
    if (!moment->scope.serial)
        return g_strdup("the request was delivered");
    if (moment->scope.serial == finding->scope.id.serial)
        return g_strdup("the scope itself delivered the request");
    return g_strdup_printf("another scope, #%" G_GUINT64_FORMAT ", delivered the request", moment->scope.serial);
}

static char *tell_exited(const struct finding *finding)
{
    const struct moment *moment = finding->exited;
    bool same = !finding->entered || moment->task.serial == finding->entered->task.serial;
    g_autofree char *who = same ? NULL : actor(finding, moment, "its exit method");
    GString *text = g_string_new(finding->refused ? "the scope refused to be exited" : "the scope was exited");
    if (who)
        g_string_append_printf(text, " %s", who);
    if (finding->counter_known)
        g_string_append_printf(text, "; the counter was %" G_GUINT32_FORMAT, finding->counter_after);
    return g_string_free(text, FALSE);
}

struct told {
    const struct moment *moment;
    char *(*tell)(const struct finding *finding);
};

static void step_free(gpointer data)
{
    struct story_step *step = data;
    g_free(step->title);
    g_free(step);
}

/* By time, but a moment without one stays where it is. */
static void sort_told(struct told *told, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t j = i; j > 0; j--) {
            const struct moment *before = told[j - 1].moment, *after = told[j].moment;
            if (!before || !after || !before->time_ns || !after->time_ns || before->time_ns <= after->time_ns)
                break;
            struct told swapped = told[j];
            told[j] = told[j - 1];
            told[j - 1] = swapped;
        }
}

/* "1.2 ms later the scope was …", or "The scope was …" when there is nothing to count from. */
static char *step_title(char *what, uint64_t last_ns, uint64_t time_ns, bool names_task)
{
    g_autofree char *sentence = what;
    if (last_ns && time_ns >= last_ns) {
        g_autofree char *duration = story_duration(time_ns - last_ns);
        return g_strdup_printf("%s later %s", duration, sentence);
    }
    if (!names_task)
        sentence[0] = g_ascii_toupper(sentence[0]);
    return g_steal_pointer(&sentence);
}

GPtrArray *story_of_finding(const struct finding *finding)
{
    struct told told[] = {{finding->entered, tell_entered},
                          {finding->cancelled, tell_cancelled},
                          {finding->delivered, tell_delivered},
                          {finding->exited, tell_exited}};
    sort_told(told, G_N_ELEMENTS(told));
    GPtrArray *steps = g_ptr_array_new_with_free_func(step_free);
    uint64_t last_ns = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(told); i++) {
        const struct moment *moment = told[i].moment;
        if (!moment)
            continue;
        bool names_task = told[i].tell == tell_entered && moment->task.serial;
        struct story_step *step = g_new(struct story_step, 1);
        *step =
            (struct story_step){step_title(told[i].tell(finding), last_ns, moment->time_ns, names_task), moment};
        g_ptr_array_add(steps, step);
        if (moment->time_ns)
            last_ns = moment->time_ns;
    }
    return steps;
}
