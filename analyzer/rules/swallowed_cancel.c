/* SPDX-License-Identifier: MIT */
/*
 * A CancelledError that was stopped while a request is still open: by the exit of a scope that stopped
 * somebody else's along with its own, or by code that caught it and ran on. Balance of the counter proves
 * nothing here: asyncio.timeout takes its request back also when its TimeoutError never came.
 */
#include "analyzer/core/findings.h"
#include "analyzer/core/ledger.h"
#include "analyzer/core/scopes.h"
#include "analyzer/core/stacks.h"
#include "analyzer/core/world.h"
#include "analyzer/rules/patience.h"
#include "analyzer/rules/rules.h"

/* Instead of turns of the loop, of which one that has nothing to do makes few. Only of a task that is seen to have
 * stopped the error: clean-up may take as long as it likes. */
#define LONG_NS UINT64_C(1000000000)

static bool exit_swallows(const struct exit_facts *facts)
{
    bool cancelled =
        facts->exception_in == EXIT_WITH_CANCELLED || facts->exception_in == EXIT_WITH_CANCELLED_GROUP;
    bool group = facts->outcome == EXIT_RAISED_OTHER && (scope_traits(facts->scope) & TRAIT_RAISES_GROUP);
    /* A group may be interrupted while its exit waits for the children. */
    if (group)
        return cancelled || facts->exception_in == EXIT_WITH_NONE;
    return cancelled && (facts->outcome == EXIT_SWALLOWED || facts->outcome == EXIT_RAISED_TIMEOUT);
}

static bool from_outside(const struct scope *scope, const struct request *request)
{
    const struct scope *origin = request->origin;
    if (!origin)
        return true;
    return origin->open && scope_encloses(origin, scope) && !(scope_traits(origin) & TRAIT_LEVEL_TRIGGERED);
}

/* A task that cancels itself learns of it at its next await, which has not come yet. */
static bool still_to_come(const struct exit_facts *facts, const struct request *request)
{
    return request->raised.by.serial == request->task->id.serial && facts->mark.tick &&
           request->raised.tick == facts->mark.tick;
}

static bool may_be_lost(const struct request *request)
{
    return !request->propagated && !request->unknown && !request->leak && !request->swallowed &&
           !request_is_foreign(request);
}

static bool is_lost(const struct exit_facts *facts, const struct request *request)
{
    return may_be_lost(request) && scope_entered_before(facts->scope, &request->raised) &&
           from_outside(facts->scope, request) && !still_to_come(facts, request);
}

static char *lost_scope_phrase(struct world *world, const struct scope *origin)
{
    const struct mark *cancelled = origin->of_child ? origin->cancelled : NULL;
    return g_strdup_printf("the request of the enclosing %s%s%s%s%s", scope_kind(origin),
                           entered_at(world, origin), cancelled ? ", raised because " : "",
                           cancelled ? cancelled->reason : "", cancelled ? "," : "");
}

static char *lost_phrase(struct world *world, const struct request *request)
{
    if (request->origin)
        return lost_scope_phrase(world, request->origin);
    if (request->source == SOURCE_INTERRUPT)
        return g_strdup("the one that Ctrl-C raised");
    return g_strdup_printf("the one that Task.cancel() raised%s", happened_at(world, request->raised.stack));
}

static char *exit_message(struct world *world, const struct scope *scope, char *lost)
{
    char *message =
        g_strdup_printf("The %s%s stopped a CancelledError that was not its own alone: %s was still open "
                        "and has no effect any more.",
                        scope_kind(scope), entered_at(world, scope), lost);
    g_free(lost);
    return message;
}

/* scope has exited. */
static void report_exit(struct world *world, const struct scope *scope, struct request *request)
{
    /* of one that was not told of, since it had been left, the way it was cancelled tells enough */
    bool told = scope->known || !scope->cancelled || !patience_in_group_exit(world, scope, scope->cancelled);
    bool uncertain = request_uncertain(world, request) || (told && scope_uncertain(world, scope));
    finding_report(world, &(struct verdict){.rule = &swallowed_cancel,
                                            .level = LEVEL_ERROR,
                                            .uncertain = uncertain,
                                            .task = request->task,
                                            .scope = scope,
                                            .request = request,
                                            .exited = &scope->exited,
                                            .counter_known = true,
                                            .counter_before = scope->counter_before,
                                            .counter_after = scope->counter_after,
                                            .message = exit_message(world, scope, lost_phrase(world, request))});
    request->swallowed = true;
}

/* A group is cancelled only to get its body to end, and all are content if that ends with the errors of a group.
 * When the exception that an inner scope raises instead does that as well, nothing is lost: the verdict waits
 * until the outer body has ended. */
static bool may_end_it_as_well(const struct exit_facts *facts, const struct request *request)
{
    if (!request->origin || facts->outcome == EXIT_SWALLOWED)
        return false;
    return facts->outcome == EXIT_RAISED_OTHER || (scope_traits(request->origin) & TRAIT_RAISES_GROUP);
}

static void wait_for_outer(struct scope *outer, struct scope *inner)
{
    if (outer->lost_to)
        return;
    outer->lost_to = scope_hold(inner);
    outer->special = true;
}

static void judge_exit(struct world *world, const struct exit_facts *facts, struct request *request)
{
    if (!request->origin && facts->outcome == EXIT_RAISED_OTHER) {
        if (!request->replaced_by)
            request->replaced_by = scope_hold(facts->scope);
    } else if (!may_end_it_as_well(facts, request)) {
        report_exit(world, facts->scope, request);
    } else {
        wait_for_outer(request->origin, facts->scope);
    }
}

/* Errors that a group raised instead end a task as well as a CancelledError, unless somebody caught them. */
static void judge_replaced(struct world *world, struct task *task)
{
    uint32_t end = 0;
    bool known = patience_end(world, task, &end);
    for (struct request *request = task->first; request; request = request->next) {
        const struct scope *scope = request->swallowed ? NULL : request->replaced_by;
        if (!scope)
            continue;
        bool ran_on = known && scope->exited.tick && (int32_t)(end - scope->exited.tick) > PATIENCE_TICKS;
        if (ran_on || (task->over && task->how == TASK_FINISHED))
            report_exit(world, scope, request);
    }
}

/* The body of a cancelled group ran to its end, past an inner scope that had stopped the error. */
static void judge_outer(struct world *world, const struct exit_facts *facts)
{
    const struct scope *outer = facts->scope, *inner = outer->lost_to;
    if (!inner || facts->exception_in != EXIT_WITH_NONE || scope_uncertain(world, outer) ||
        scope_uncertain(world, inner))
        return;
    char *lost = lost_scope_phrase(world, outer);
    finding_report(world, &(struct verdict){.rule = &swallowed_cancel,
                                            .level = LEVEL_ERROR,
                                            .task = facts->host,
                                            .scope = inner,
                                            .cancelled = outer->cancelled,
                                            .counter_known = true,
                                            .counter_before = inner->counter_before,
                                            .counter_after = inner->counter_after,
                                            .message = exit_message(world, inner, lost)});
}

/* Meant for the task, or for one that waits for it. */
static bool is_no_scopes(const struct request *request)
{
    return request->source != SOURCE_SCOPE && !request->unknown && !request->leak && !request->swallowed;
}

static bool is_direct(const struct request *request)
{
    return is_no_scopes(request) && !request->propagated;
}

static bool lets_error_out(const struct exit_facts *facts)
{
    bool cancelled =
        facts->exception_in == EXIT_WITH_CANCELLED || facts->exception_in == EXIT_WITH_CANCELLED_GROUP;
    /* A group may be interrupted while its exit waits for the children. */
    return facts->outcome == EXIT_RAISED_CANCEL || (cancelled && facts->outcome == EXIT_PROPAGATED);
}

/* The error is still on its way, unless it is another scope's: that a group's exit waits for children, which clean
 * up, is no running on. */
static void see_error(const struct exit_facts *facts)
{
    /* Up to 3.11.2 a timeout that expired over an open request lets its own error out. */
    if (facts->scope->was_cancelled && (scope_traits(facts->scope) & TRAIT_RAISES_TIMEOUT))
        return;
    for (const struct request *request = facts->host->first; request; request = request->next)
        if (request->origin && request->origin->open)
            return;
    for (struct request *request = facts->host->last; request; request = request->previous) {
        if (!is_no_scopes(request))
            continue;
        request->seen_tick = facts->mark.tick;
        /* that of the one before may have been stopped long ago */
        if (request->handling != HANDLING_EXCEPTION)
            return;
    }
}

static void after_exit(struct world *world, const struct exit_facts *facts)
{
    if (!facts->host || facts->wrong_task || facts->stays_open)
        return;
    judge_outer(world, facts);
    if (lets_error_out(facts))
        see_error(facts);
    if (facts->scope->rearmed || !exit_swallows(facts))
        return;
    for (struct request *request = facts->host->first; request; request = request->next)
        if (is_lost(facts, request))
            judge_exit(world, facts, request);
}

/* A group further out only wants its body to end, which goes on now. Where scopes are told of when they are
 * cancelled, a group's that has been left is not known. */
static bool is_lost_waiting(const struct exit_facts *facts, const struct request *request)
{
    const struct scope *origin = request->origin;
    if (origin && (scope_traits(origin) & TRAIT_RAISES_GROUP))
        return false;
    if (facts->scope->known)
        return (facts->scope->exception_in == EXIT_WITH_NONE || facts->scope->outcome == EXIT_SWALLOWED) &&
               is_lost(facts, request);
    return may_be_lost(request) && (int32_t)(facts->mark.tick - request->raised.tick) <= 1 &&
           (!origin || (origin->open && !(scope_traits(origin) & TRAIT_LEVEL_TRIGGERED)));
}

/* What comes while a group of AnyIO 3 waits for its children it stops, and cancels those. If they were cancelled
 * before, for an error perhaps, it may raise that in the end, which ends the outer body as well. */
static void on_cancel(struct world *world, const struct scope *scope, const struct mark *mark)
{
    struct exit_facts facts = {.scope = (struct scope *)scope, .mark = *mark};
    const struct task *host =
        patience_group_stops(world, scope) ? patience_in_group_exit(world, scope, mark) : NULL;
    for (struct request *request = host ? host->first : NULL; request; request = request->next) {
        if (!is_lost_waiting(&facts, request))
            continue;
        if (mark == scope->cancelled)
            report_exit(world, scope, request);
        else if (request->origin && (int32_t)(mark->tick - request->raised.tick) <= 1)
            wait_for_outer(request->origin, facts.scope);
    }
}

/* Otherwise the group lets the error out when the children that it cancels have ended. */
static void see_group_wait(struct world *world, const struct request *of_child)
{
    const struct scope *group = of_child->origin;
    const struct task *host = group && group->cancelled && request_is_foreign(of_child)
                                  ? patience_in_group_exit(world, group, group->cancelled)
                                  : NULL;
    for (struct request *request = host ? host->first : NULL; request; request = request->next)
        if (is_no_scopes(request) && of_child->raised.tick == group->cancelled->tick)
            request->seen_tick = of_child->raised.tick + GROUP_TICKS;
}

static char *what_it_did(const struct task *task, const struct request *request)
{
    if (request->outlived)
        return g_strdup_printf("ran on until %s", request->outlived->until);
    if (task->over && task->how == TASK_FINISHED)
        return g_strdup(request->kept_by ? "ended with a result" : "ran on and ended with a result");
    return g_strdup("runs on and has not ended");
}

static char *ran_on_message(struct world *world, const struct task *task, const struct request *request)
{
    g_autofree char *title = task_title_first(task->name);
    g_autofree char *what = what_it_did(task, request);
    if (request->kept_by)
        return g_strdup_printf("%s was cancelled%s, but %s: the CancelledError went to %s, which it waited for, "
                               "and which caught it and ran on.",
                               title, happened_at(world, request->raised.stack), what, request->kept_by);
    return g_strdup_printf("%s was cancelled%s, but %s: the CancelledError was caught and Task.uncancel() never "
                           "called.",
                           title, happened_at(world, request->raised.stack), what);
}

/* A note is told without its setting: the number of a task alone says nothing. */
static char *task_and_coroutine(char *title_owned, const struct task *task)
{
    g_autofree char *title = title_owned;
    const char *coroutine = task_coroutine_beside(task->name, task->coroutine);
    return coroutine ? g_strdup_printf("%s (%s)", title, coroutine) : g_steal_pointer(&title);
}

static char *note_message(const struct task *task, const struct request *request)
{
    g_autofree char *title = task_and_coroutine(task_title_first(task->name), task);
    if (request->source == SOURCE_DIRECT && !request->raised.tick)
        return g_strdup_printf("%s was cancelled and ended with a result, at once or later: the turns of its "
                               "event loop were not counted.",
                               title);
    const char *by = request->source == SOURCE_INTERRUPT  ? "by Ctrl-C and handled it"
                     : request->source == SOURCE_SHUTDOWN ? "at the loop's shutdown and handled it"
                                                          : "and returned promptly";
    return g_strdup_printf("%s was cancelled %s: it ended with a result, not cancelled.", title, by);
}

/* The error was stopped somewhere between here and the task's outermost frame. */
static void show_where(struct world *world, struct group *group, const struct request *request)
{
    struct mark at = {.time_ns = request->raised.time_ns,
                      .order = request->raised.order,
                      .stack = request->waiting,
                      .by = request->task->id,
                      .by_name = request->task->name};
    if (!group_is_single(group))
        return;
    if (at.stack.node && request->kept_by)
        group_consequence(group, world, &at, NULL,
                          "It waited here for %s (lines are where the functions begin):", request->kept_by);
    else if (at.stack.node)
        group_consequence(group, world, &at, NULL,
                          "The CancelledError was thrown into the task where it waited, and caught there or in a "
                          "caller (lines are where the functions begin):");
    /* It returns the result, and forgets the error, when both come in one turn of the loop. */
    if (patience_in_old_wait_for(world, at.stack))
        group_consequence(group, world, NULL, NULL,
                          "If nothing there catches it, asyncio.wait_for() did: on Python 3.11 it drops a "
                          "cancellation that comes together with its result (cpython#86296, fixed in 3.12; "
                          "asyncio.timeout() does not).");
    if (!request->outlived && (request->kept_by || request->look.handling != HANDLING_NOTHING))
        return;
    at.time_ns = request->outlived ? request->outlived->time_ns : request->look.time_ns;
    at.order = request->outlived ? request->outlived->order : request->look.order;
    at.stack = request->outlived ? request->outlived->waiting : request->look.waiting;
    group_consequence(group, world, &at, NULL,
                      "When it was %s, it was not cleaning up after an exception. It waited here "
                      "(lines are where the functions begin):",
                      request->outlived ? "cancelled once more" : "last looked at");
}

/* The other requests of the task share the cause. Where nobody counts turns, no warning rests on them. */
static void report_task(struct world *world, struct task *task, struct request *request, enum level level)
{
    char *message = level == LEVEL_NOTE ? note_message(task, request) : ran_on_message(world, task, request);
    struct group *group =
        finding_report(world, &(struct verdict){.rule = &swallowed_cancel,
                                                .level = level,
                                                .uncertain = request_uncertain(world, request) ||
                                                             (level == LEVEL_NOTE && !request->raised.tick),
                                                .task = task,
                                                .request = request,
                                                .counter_known = true,
                                                .counter_before = request->before,
                                                .counter_after = task->total,
                                                .message = message});
    show_where(world, group, request);
    for (; request; request = request->next)
        if (is_direct(request))
            request->swallowed = true;
}

static struct request *first_direct(const struct task *task)
{
    struct request *request = task->first;
    while (request && !is_direct(request))
        request = request->next;
    return request;
}

/* Ctrl-C cancels the main task, and through it what is in its groups, and in theirs. To be asked at once: the main
 * task may have ended, and its requests with it, when the others are judged. */
static bool is_of_interrupt(struct world *world, const struct request *request)
{
    if (request->source == SOURCE_INTERRUPT)
        return true;
    const struct task *host = request->origin ? world_find_task(world, request->origin->host_id) : NULL;
    if (!host || host == request->task)
        return false;
    for (const struct request *cause = host->first; cause; cause = cause->next)
        if (cause->source == SOURCE_INTERRUPT || cause->interrupted)
            return true;
    return false;
}

/* The loop of a program that hangs does not turn, and the error has not reached the task. Where nobody counts, the
 * task must be seen somewhere else than where it was cancelled. */
static bool was_reached(const struct task *task, const struct request *request, const struct look *look)
{
    if (!request->raised.tick)
        return request->waiting.node && look->waiting.node && request->waiting.node != look->waiting.node;
    return request->tid == task->tid && (int32_t)(look->tick - request->raised.tick) >= 2;
}

static bool waited_long(const struct task *task, const struct request *request, const struct look *look)
{
    return !task->awaited && look->time_ns >= request->raised.time_ns + LONG_NS &&
           was_reached(task, request, look);
}

/* When it was looked at, the task had long had the error, and nothing in it dealt with one any more. */
static bool had_stopped(const struct task *task, const struct request *request, const struct look *look,
                        uint32_t end)
{
    return look->handling == HANDLING_NOTHING && !patience_remembers(task->world, look->waiting) &&
           (patience_exceeded(task, request, end) || waited_long(task, request, look));
}

/* The trace ends, or the task was given up. Where nobody looked, as in older traces, its turns alone speak. */
static bool runs_on(const struct task *task, const struct request *request, uint32_t end)
{
    if (request->look.handling == HANDLING_UNKNOWN)
        return patience_exceeded(task, request, end);
    return had_stopped(task, request, &request->look, end);
}

/* When it was cancelled once more. */
static struct look look_of(const struct request *later)
{
    return (struct look){.handling = later->handling,
                         .time_ns = later->raised.time_ns,
                         .order = later->raised.order,
                         .tick = later->raised.tick,
                         .waiting = later->waiting};
}

static char *who_ended_it(struct world *world, const struct request *later)
{
    if (later->origin)
        return g_strdup_printf("the %s%s cancelled it too", scope_kind(later->origin),
                               entered_at(world, later->origin));
    return g_strdup(later->source == SOURCE_SHUTDOWN ? "the loop's shutdown" : "it was cancelled once more");
}

/* A scope that the task itself cancelled is its own way to end. */
static bool is_own_decision(const struct task *task, const struct request *later)
{
    const struct mark *cancelled = later->origin ? later->origin->cancelled : NULL;
    return cancelled && cancelled->by.serial == task->id.serial;
}

static void on_raise(struct world *world, struct request *later)
{
    struct request *request = first_direct(later->task);
    const struct look look = look_of(later);
    later->interrupted = is_of_interrupt(world, later);
    see_group_wait(world, later);
    if (!request || request == later || request->source != SOURCE_DIRECT || request->outlived ||
        !had_stopped(later->task, request, &look, look.tick) || is_own_decision(later->task, later))
        return;
    request->outlived = g_new(struct outlived, 1);
    *request->outlived =
        (struct outlived){.until = later->interrupted ? g_strdup("Ctrl-C") : who_ended_it(world, later),
                          .time_ns = later->raised.time_ns,
                          .order = later->raised.order,
                          .waiting = later->waiting};
}

static struct request *first_of_users(const struct task *task)
{
    struct request *request = task->first;
    while (request && !(is_no_scopes(request) && request->source == SOURCE_DIRECT))
        request = request->next;
    return request;
}

/* Task.cancel() goes to the task that is waited for. If that one stops the error, whoever waits never hears of it.
 */
static void tell_who_waits(struct world *world, const struct task *task, uint32_t end)
{
    for (const struct request *request = task->first; request; request = request->next) {
        if (!is_no_scopes(request) || !request_is_waited_for(request) || request->source != SOURCE_DIRECT ||
            !(request->kept_by || patience_exceeded(task, request, end)))
            continue;
        const struct task *waiting = world_find_task(world, request->via);
        struct request *passed_on = waiting && !waiting->over ? first_of_users(waiting) : NULL;
        if (passed_on && !passed_on->kept_by)
            passed_on->kept_by =
                request->kept_by ? g_strdup(request->kept_by) : task_and_coroutine(task_title(task->name), task);
    }
}

static void judge(struct world *world, struct task *task)
{
    uint32_t end;
    judge_replaced(world, task);
    if (task->over && task->how == TASK_FINISHED && task->first && patience_end(world, task, &end))
        tell_who_waits(world, task, end);
    struct request *request = first_direct(task);
    if (!request)
        return;
    bool known = request->source == SOURCE_DIRECT && patience_end(world, task, &end);
    bool running = !task->over || task->how == TASK_OPEN;
    if (request->outlived || (running && known && runs_on(task, request, end)))
        report_task(world, task, request, LEVEL_WARNING);
    else if (task->over && task->how == TASK_FINISHED)
        report_task(world, task, request,
                    known && (request->kept_by || patience_exceeded(task, request, end)) ? LEVEL_WARNING
                                                                                         : LEVEL_NOTE);
}

const struct rule swallowed_cancel = {
    .name = "swallowed-cancel",
    .level = LEVEL_ERROR,
    .summary = "a CancelledError is stopped while a request for it is still open",
    .on_raise = on_raise,
    .on_exit = after_exit,
    .on_cancel = on_cancel,
    .on_task_over = judge,
    .on_task_left = judge,
};
