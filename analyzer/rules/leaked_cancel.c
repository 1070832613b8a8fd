/* SPDX-License-Identifier: MIT */
/*
 * A request that its scope left behind. A scope's exit is judged at once when the task goes on after it; while
 * an exception is still on its way out, judgement waits for a sign that somebody stopped it: the calm exit of
 * an enclosing scope, the same scope entered again (a loop), the task's end with a result.
 */
#include "analyzer/core/findings.h"
#include "analyzer/core/ledger.h"
#include "analyzer/core/scopes.h"
#include "analyzer/rules/leaked_source.h"
#include "analyzer/rules/rules.h"

static bool is_candidate(const struct request *request)
{
    return request->source == SOURCE_SCOPE && !request->propagated && !request->unknown && !request->leak &&
           request->origin && request->origin->known && !request->origin->open && !request_is_foreign(request);
}

/* Some runtimes hand requests up: a cancelled scope further out may take this one back at its own exit. */
static bool may_take_over(const struct scope *scope, const struct request *request)
{
    return scope->was_cancelled && (scope_traits(scope) & scope_traits(request->origin) & TRAIT_HANDS_UP) &&
           scope_encloses(scope, request->origin);
}

static bool may_be_handed_up(const struct task *task, const struct request *request)
{
    for (const struct scope *scope = task->innermost; scope; scope = scope->around)
        if (may_take_over(scope, request))
            return true;
    return false;
}

/* It may have handed them further up, or given up on them. */
static void keep_up(const struct task *host, struct scope *scope)
{
    for (struct request *request = host->first; request; request = request->next)
        if (is_candidate(request) && may_take_over(scope, request)) {
            g_clear_pointer(&request->kept_up, scope_release);
            request->kept_up = scope_hold(scope);
        }
}

/* Of what is told later the times say it, not the order in which it was told. */
static bool came_late(const struct request *request)
{
    const struct mark *raised = &request->raised, *exited = &request->origin->exited;
    return raised->time_ns != exited->time_ns ? raised->time_ns > exited->time_ns : raised->order > exited->order;
}

static char *leak_message(struct world *world, const struct task *task, const struct request *request)
{
    const struct scope *origin = request->origin, *through = request->deliverer;
    char *delivered =
        through && through->id.serial != origin->id.serial
            ? g_strdup_printf(", delivered through the %s%s,", scope_kind(through), entered_at(world, through))
            : g_strdup("");
    bool ended = task->over && task->how == TASK_CANCELLED;
    g_autofree char *since = ended ? g_strdup("it ended the task later, as if somebody had cancelled that")
                                   : g_strdup_printf("the task runs on with Task.cancelling() at %u", task->total);
    char *message = g_strdup_printf("The %s%s has ended, but its cancellation request%s was never taken back: %s.",
                                    scope_kind(origin), entered_at(world, origin), delivered, since);
    g_free(delivered);
    return message;
}

/* It was left in a part of the trace that was read before, up to a gap. */
static bool was_judged(const struct world *world, const struct scope *origin)
{
    return origin->exited.time_ns && origin->exited.time_ns < world->judged_until_ns;
}

static void report(struct world *world, const struct task *task, struct request *request)
{
    struct scope *origin = request->origin;
    if (!origin->leak)
        origin->leak = finding_report(world, &(struct verdict){.rule = &leaked_cancel,
                                                               .level = LEVEL_ERROR,
                                                               .uncertain = request_uncertain(world, request),
                                                               .task = task,
                                                               .scope = origin,
                                                               .request = request,
                                                               .counter_known = true,
                                                               .counter_before = origin->counter_before,
                                                               .counter_after = origin->counter_after,
                                                               .counted = was_judged(world, origin),
                                                               .message = leak_message(world, task, request)});
    origin->reported = origin->special = true;
    request->leak = origin->leak;
}

typedef bool (*evidence)(const struct request *request, const void *context);

static void report_if(struct world *world, const struct task *task, evidence test, const void *context)
{
    if (!task->first || task_is_dying(task))
        return;
    for (struct request *request = task->first; request; request = request->next)
        if (is_candidate(request) && !may_be_handed_up(task, request) && test(request, context))
            report(world, task, request);
}

/* Its last iteration, as far as that is known. */
static uint32_t last_tick(const struct task *task)
{
    return task->over_promptly_known ? task->over_tick : task->last_tick;
}

/* Its own, or the errors of a group whose children failed besides. */
static bool let_error_out(const struct scope *scope)
{
    return scope->outcome == EXIT_PROPAGATED && scope->exception_in != EXIT_WITH_NONE;
}

/* What cancels the task from outside is why it ends, if it does so at once when the error has reached it: past the
 * last scope that had reason to keep the request, such as a group that waited for its children first. */
static bool may_go_with_task(const struct request *request, uint32_t tick)
{
    const struct scope *origin = request->origin, *last = request->kept_up ? request->kept_up : origin;
    bool at_once = last->exited.tick && (int32_t)(tick - last->exited.tick) <= 3;
    return let_error_out(origin) && at_once && scope_is_cancelled_from_outside(origin);
}

/* A scope entered only for clean-up, after the exception had left the other one, proves nothing. */
static bool ended_within(const struct request *request, const void *context)
{
    const struct scope *ended = context;
    const struct mark *since = came_late(request) ? &request->raised : &request->origin->exited;
    return scope_entered_before(ended, since) && !may_go_with_task(request, ended->exited.tick);
}

static bool entered_again(const struct request *request, const void *context)
{
    const struct scope *entered = context, *origin = request->origin;
    return entered->provider == origin->provider && entered->entered.stack.node == origin->entered.stack.node;
}

static bool ended_with_result(const struct request *request, const void *context)
{
    const struct task *task = context;
    if (!came_late(request))
        return !may_go_with_task(request, last_tick(task));
    return (int32_t)(last_tick(task) - request->raised.tick) > 3;
}

/* Its scope was left with an error that is not the request's, and nothing else was asked of the task since. */
static bool ended_the_task(const struct request *request, const void *context)
{
    (void)context;
    for (const struct request *other = request->task->first; other; other = other->next)
        if (!(other->leak || is_candidate(other)))
            return false;
    return request->origin->exception_in == EXIT_WITH_OTHER && !came_late(request) &&
           !scope_is_cancelled_from_outside(request->origin);
}

static bool any_cancelled(const struct scope *innermost)
{
    for (const struct scope *scope = innermost; scope; scope = scope->around)
        if (scope->was_cancelled)
            return true;
    return false;
}

/* A scope that was cancelled, has nothing left of its own, and lets the error out all the same: only requests
 * that inner scopes left behind can be why; or a group on another task, which need not know of this scope. */
static bool is_victim(const struct exit_facts *facts)
{
    const struct task *host = facts->host;
    bool let_out = facts->outcome == EXIT_PROPAGATED || facts->outcome == EXIT_RAISED_CANCEL;
    if (!host->first || !facts->scope->was_cancelled || facts->exception_in != EXIT_WITH_CANCELLED || !let_out)
        return false;
    for (const struct request *request = host->first; request; request = request->next)
        if (request->origin == facts->scope || !(request->leak || is_candidate(request)) ||
            scope_is_cancelled_from_outside(request->origin))
            return false;
    return !any_cancelled(host->innermost) && !scope_is_cancelled_from_outside(facts->scope);
}

static bool always(const struct request *request, const void *context)
{
    (void)request, (void)context;
    return true;
}

static void report_victim(struct world *world, const struct exit_facts *facts)
{
    const struct scope *scope = facts->scope;
    if (!is_victim(facts))
        return;
    report_if(world, facts->host, always, NULL);
    struct group *leak = facts->host->last->leak;
    const char *instead = scope_traits(scope) & TRAIT_RAISES_TIMEOUT
                              ? "expired, but raised CancelledError instead of TimeoutError"
                              : "was cancelled, but did not stop the CancelledError";
    if (leak)
        group_consequence(leak, world, &facts->mark, scope, "The %s%s %s: the stale request was still counted.",
                          scope_kind(scope), entered_at(world, scope), instead);
}

static void after_exit(struct world *world, const struct exit_facts *facts)
{
    if (!facts->host || facts->wrong_task || facts->stays_open || facts->destroyed)
        return;
    report_victim(world, facts);
    keep_up(facts->host, facts->scope);
    if (facts->calm)
        report_if(world, facts->host, ended_within, facts->scope);
}

/* That it went on was before the trace began. */
static void on_told(struct world *world, struct request *request, bool ran_on)
{
    const struct task *task = request->task;
    if (ran_on && is_candidate(request) && !may_be_handed_up(task, request) && !task_is_dying(task))
        report(world, task, request);
}

static void on_enter(struct world *world, struct scope *scope)
{
    if (scope->host && !scope->late && scope->entered.stack.node)
        report_if(world, scope->host, entered_again, scope);
}

static void on_task_over(struct world *world, struct task *task)
{
    if (task->how == TASK_FINISHED)
        report_if(world, task, ended_with_result, task);
    else if (task->how == TASK_CANCELLED)
        report_if(world, task, ended_the_task, NULL);
    leaked_source_judge(world, task);
}

static void on_take_back(struct world *world, const struct take_back *take_back)
{
    const struct request *left = take_back->task->last;
    if (take_back->source == SOURCE_INTERRUPT && left && left->leak && left == take_back->task->first)
        group_consequence(
            left->leak, world, &take_back->mark, NULL,
            "Ctrl-C ended in CancelledError instead of KeyboardInterrupt: the stale request was still "
            "counted.");
}

static void on_task_seen(struct world *world, struct task *task)
{
    if (task->total == task->to_tell)
        return;
    g_autofree char *title = task_title(task->name), *first = task_title_first(task->name);
    struct group *group = finding_report(
        world, &(struct verdict){.rule = &leaked_cancel,
                                 .level = LEVEL_NOTE,
                                 .uncertain = true,
                                 .task = task,
                                 .counter_known = true,
                                 .counter_before = task->total,
                                 .counter_after = task->total,
                                 .counted = world->judged_until_ns != 0,
                                 .message = g_strdup_printf("%s already had Task.cancelling() at %u "
                                                            "when the trace began.",
                                                            first, task->total)});
    if (!group_is_single(group))
        group_reword(group, g_strdup_printf("%" G_GUINT64_FORMAT " tasks already had requests open when the trace "
                                            "began; %s had Task.cancelling() at %u.",
                                            group_count(group), title, task->total));
}

const struct rule leaked_cancel = {
    .name = "leaked-cancel",
    .level = LEVEL_ERROR,
    .summary = "a scope has ended and left its cancellation request on the task",
    .on_exit = after_exit,
    .on_enter = on_enter,
    .on_told = on_told,
    .on_take_back = on_take_back,
    .on_task_seen = on_task_seen,
    .on_task_over = on_task_over,
    .on_task_left = leaked_source_judge,
};
