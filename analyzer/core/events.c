/* SPDX-License-Identifier: MIT */
/* Taking events into the state of a world, one function per kind; the rules are told after each. */
#include "analyzer/core/events.h"

#include "analyzer/core/analysis_internal.h"
#include "analyzer/core/findings.h"
#include "analyzer/core/ledger.h"
#include "analyzer/core/libraries.h"
#include "analyzer/core/middle.h"
#include "analyzer/core/place.h"
#include "analyzer/core/scopes.h"
#include "analyzer/core/shared_text.h"
#include "analyzer/core/stacks.h"
#include "analyzer/core/tree.h"
#include "analyzer/core/world.h"

static void replace_text(char **target, const char *text)
{
    if (!text || !*text)
        return;
    g_free(*target);
    *target = g_strdup(text);
}

static void replace_string(char **target, const char *text)
{
    g_clear_pointer(target, shared_text_release);
    *target = shared_text_new(text);
}

/* Events of this task are missing: what it had open may have changed meanwhile. */
static void task_doubt(struct task *task)
{
    for (struct scope *scope = task->innermost; scope; scope = scope->around)
        scope->doubtful = true;
    for (struct request *request = task->first; request; request = request->next)
        request->doubtful = true;
}

void task_disagree(struct world *world, struct task *task, uint32_t counter)
{
    bool followed = task->known && !world->blind && !world_uncertain(world, task->order);
    ledger_agree(world, task, counter);
    if (!followed)
        return;
    world->mismatch = true;
    task_doubt(task);
}

static void say_refused(struct world *world, const char *reason)
{
    struct report_process *process = world->process;
    replace_text(&process->refused, *reason ? reason : "unsupported interpreter");
    analysis_notice(world->analysis, "Process %u was not traced: %s.", world->pid, process->refused);
}

/* Another interpreter of the process is traced: what was said of the process is not so. */
static void take_back_refusal(struct world *world)
{
    GPtrArray *notices = world->analysis->report.notices;
    g_autofree char *sentence =
        g_strdup_printf("Process %u was not traced: %s.", world->pid, world->process->refused);
    guint place;
    if (g_ptr_array_find_with_equal_func(notices, sentence, g_str_equal, &place))
        g_ptr_array_remove_index(notices, place);
    g_clear_pointer(&world->process->refused, g_free);
}

static void handle_runtime(struct world *world, const struct event *event)
{
    const struct event_runtime *runtime = &event->runtime;
    struct report_process *process = world->process;
    replace_text(&process->host, runtime->host);
    replace_text(&process->python, runtime->python);
    replace_text(&process->executable, runtime->executable);
    replace_text(&process->argv, runtime->argv);
    replace_text(&process->cwd, runtime->cwd);
    replace_text(&world->stdlib, runtime->stdlib);
    process->asyncio_seen |= runtime->state == RUNTIME_TRACED;
    if (runtime->state != RUNTIME_TRACED)
        say_refused(world, runtime->reason);
    else if (process->refused)
        take_back_refusal(world);
    if (runtime->schema > SCOPETRACE_SCHEMA_VERSION && !world->analysis->newer_schema) {
        world->analysis->newer_schema = true;
        analysis_notice(
            world->analysis,
            "The trace was recorded by a newer scopetrace: what this version does not know is left out.");
    }
    if (runtime->statedump && world->announced && !runtime->again)
        world_gap(world);
    world->again = runtime->again != 0;
    /* What is told again of a world that is known leaves nothing open. */
    if (world->blind || !world->announced || !world->again)
        world->announcing = world->again && runtime->schema >= SCHEMA_OF_PIECES;
    middle_announced(world, runtime);
    world->announced = true;
}

static void handle_package(struct world *world, const struct event *event)
{
    world_add_package(world, &event->package);
    place_add_install(world->process, event->package.version, event->package.location,
                      world->analysis->options.root);
}

static void handle_provider(struct world *world, const struct event *event)
{
    world_add_provider(world, &event->provider);
}

static void handle_frame(struct world *world, const struct event *event)
{
    world_add_frame(world, &event->frame);
}

static void handle_label(struct world *world, const struct event *event)
{
    replace_string(&world->label, event->label.text);
}

static struct task *task_announced(struct world *world, struct task_id id, struct task_id parent, const char *name,
                                   const char *coroutine)
{
    struct task *task = world_get_task(world, id);
    if (!task || task->over)
        return NULL;
    if (!task->known)
        world->analysis->report.summary.tasks++;
    task->known = true;
    if (parent.serial)
        task->parent = parent;
    replace_string(&task->name, name);
    replace_string(&task->coroutine, coroutine);
    return task;
}

static void handle_task_start(struct world *world, const struct event *event)
{
    const struct event_task_start *start = &event->task_start;
    task_announced(world, start->task, start->parent_task, start->name, start->coroutine);
    task_active(world, start->parent_task);
}

static void handle_task_seen(struct world *world, const struct event *event)
{
    const struct event_task_seen *seen = &event->task_seen;
    struct task *known = world_find_task(world, seen->task);
    bool first = !known || !known->known;
    struct task *task = task_announced(world, seen->task, seen->parent_task, seen->name, seen->coroutine);
    if (!task)
        return;
    world->mid_life |= first;
    if (first)
        task->tid = 0; /* a statedump tells of the tasks of all threads */
    /* Of one that is followed, a change may be under way whose event is still to come. */
    if (first || !world->again)
        ledger_agree(world, task, seen->counter);
    if (first) {
        task->to_tell = MIN(seen->told, task->total);
        rules_task_seen(world, task);
    }
}

static void handle_task_name(struct world *world, const struct event *event)
{
    struct task *task = world_find_task(world, event->task_name.task);
    if (task)
        replace_string(&task->name, event->task_name.name);
}

/* Turns of the loop from the end of the one to the other's going on, beyond the first: each future between them
 * takes one of its own. That of wait_for() cancels no further. */
static uint32_t turns_between(struct world *world, const struct task *outer, const struct request *request)
{
    uint32_t gathers = stack_count(world, request->raised.stack, "asyncio/tasks.py", "_GatheringFuture.cancel");
    const struct request *its_own = request->propagated && request->raised.stack.node ? outer->first : NULL;
    while (its_own && its_own->raised.stack.node != request->raised.stack.node)
        its_own = its_own->next;
    if (its_own)
        return 0;
    return request->propagated ? MAX(gathers, 1) : gathers + 1;
}

/* What was passed on to this task has ended: only now does the other one learn of its request. That a task has
 * ended is told in the turn of the loop after that. */
static void release_waiting(struct world *world, struct task *over)
{
    for (const struct request *request = over->first; request; request = request->next) {
        struct task *outer = request->held.serial ? world_find_task(world, request->held) : NULL;
        if (!outer)
            continue;
        uint32_t turns = turns_between(world, outer, request);
        outer->awaited -= outer->awaited > 0;
        outer->delivery_tick = world->tick - 1 + (over->over_promptly_known ? turns : MAX(turns, 1));
    }
}

static void orphan_scopes(struct world *world, struct task *task)
{
    if (!task->innermost)
        return;
    g_autoptr(GPtrArray) open = scopes_open_on(task);
    for (guint i = 0; i < open->len; i++) {
        tree_list_scope(world, g_ptr_array_index(open, i));
        scope_orphan(world, g_ptr_array_index(open, i), task);
    }
    scopes_leave_host(task);
}

/* That it is done any thread's loop may tell, at a turn of its own. */
static uint32_t own_tick(const struct world *world, const struct task *task)
{
    if (!task->tid || task->tid == world->tid)
        return world->tick;
    return GPOINTER_TO_UINT(g_hash_table_lookup(world->ticks, GUINT_TO_POINTER(task->tid)));
}

static void task_over(struct world *world, struct task *task, const struct event_task_over *event, bool promptly)
{
    if (task->over)
        return;
    task_agree(world, task, event->counter);
    task->over = true;
    task->how = event->how <= TASK_FAILED ? (enum task_how)event->how : TASK_OPEN;
    task->over_tick = promptly ? own_tick(world, task) : world->tick;
    task->over_promptly_known = promptly;
    rules_task_over(world, task);
    release_waiting(world, task);
    orphan_scopes(world, task);
    findings_task_over(task);
    uint32_t counter = task->total;
    ledger_clear(task);
    task->counter_last = counter;
}

static void handle_task_done(struct world *world, const struct event *event)
{
    struct task *task = world_find_task(world, event->task_done.task);
    if (task)
        task_over(world, task, &event->task_done, true);
}

static void handle_task_end(struct world *world, const struct event *event)
{
    struct task *task = world_find_task(world, event->task_end.task);
    if (!task)
        return;
    task_over(world, task, &event->task_end, false);
    tree_task_over(world, task);
    world_drop_task(world, task);
}

static void handle_runtime_end(struct world *world, const struct event *event)
{
    (void)event;
    world->process->ended_in_order = true;
    world->ending = true;
}

static void handle_agent_error(struct world *world, const struct event *event)
{
    analysis_notice(world->analysis,
                    "In process %u the tracer met a surprise and stopped looking (%s): its events end there.",
                    world->pid, event->agent_error.what);
    world_gap(world);
}

/* Several processes may say the same. */
static void handle_agent_notice(struct world *world, const struct event *event)
{
    const GPtrArray *notices = world->analysis->report.notices;
    g_autofree char *sentence = g_strdup_printf("%s.", event->agent_notice.what);
    if (!g_ptr_array_find_with_equal_func((GPtrArray *)notices, sentence, g_str_equal, NULL))
        analysis_notice(world->analysis, "%s", sentence);
}

static void handle_library(struct world *world, const struct event *event)
{
    libraries_add(world, &event->library);
}

static void handle_detached(struct world *world, const struct event *event)
{
    (void)event;
    world->process->left = true;
}

static void handle_announced(struct world *world, const struct event *event)
{
    (void)event;
    world->announcing = false;
}

typedef void (*event_function)(struct world *world, const struct event *event);

static const event_function handlers[EVENT_KINDS] = {
    [EVENT_RUNTIME] = handle_runtime,
    [EVENT_PACKAGE] = handle_package,
    [EVENT_PROVIDER] = handle_provider,
    [EVENT_FRAME] = handle_frame,
    [EVENT_LABEL] = handle_label,
    [EVENT_TASK_START] = handle_task_start,
    [EVENT_TASK_SEEN] = handle_task_seen,
    [EVENT_TASK_NAME] = handle_task_name,
    [EVENT_TASK_DONE] = handle_task_done,
    [EVENT_TASK_END] = handle_task_end,
    [EVENT_SCOPE_ENTER] = handle_scope_enter,
    [EVENT_SCOPE_EXIT] = handle_scope_exit,
    [EVENT_SCOPE_CANCEL] = handle_scope_cancel,
    [EVENT_SCOPE_DELIVER] = handle_scope_deliver,
    [EVENT_TASK_CANCEL] = handle_task_cancel,
    [EVENT_TASK_UNCANCEL] = handle_task_uncancel,
    [EVENT_RUNTIME_END] = handle_runtime_end,
    [EVENT_AGENT_ERROR] = handle_agent_error,
    [EVENT_AGENT_NOTICE] = handle_agent_notice,
    [EVENT_LIBRARY] = handle_library,
    [EVENT_DETACHED] = handle_detached,
    [EVENT_SCOPE_PAST] = handle_scope_past,
    [EVENT_REQUEST_SEEN] = handle_request_seen,
    [EVENT_ANNOUNCED] = handle_announced,
    [EVENT_TASK_LOOK] = handle_task_look,
};

static bool is_announcement(const struct event *event)
{
    return event->kind == EVENT_TASK_SEEN || (event->kind == EVENT_SCOPE_ENTER && event->scope_enter.statedump) ||
           (event->kind == EVENT_SCOPE_CANCEL && event->scope_cancel.cancelled_ns);
}

void world_handle(struct world *world, const struct event *event)
{
    if (event->kind >= EVENT_TASK_START && event->kind <= EVENT_TASK_UNCANCEL) {
        world->process->asyncio_seen = true;
        world->lively |= !is_announcement(event);
        world->process->left = false; /* a recording that came back */
    }
    if ((size_t)event->kind < G_N_ELEMENTS(handlers) && handlers[event->kind])
        handlers[event->kind](world, event);
}
