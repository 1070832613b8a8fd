/* SPDX-License-Identifier: MIT */
#include "tests/bench/trace_maker.h"

#include <glib.h>

#include "tests/unit/support/ctf_writer.h"

enum {
    EVENT_INTERVAL_NS = 1000,
    STREAM_RUN = 500,      /* events before a process is moved to another processor */
    PACKET_EVENTS = 8192,  /* about what fits into a sub-buffer of LTTng's */
    EVENTS_A_TICK = 20,    /* loop iterations are short */
    CALL_SITES = 200,      /* nodes of the trace tree */
    STEPS_A_TURN = 7,      /* fewer than so many things are done by a task before the next one has its turn */
    SCOPES_A_CANCEL = 500, /* one of so many runs into its deadline */
    KINDS_OF_SCOPE = 3,
};

const struct trace_shape trace_shape_usual = {
    .events = 1000000, .tasks = 1000, .depth = 3, .lifetime = 20, .processes = 1, .streams = 2};

struct maker_task {
    uint64_t serial;
    uint64_t *scopes; /* open ones, outermost first */
    uint32_t open, entered;
};

struct maker_process {
    uint32_t pid, seq;
    uint64_t last_task, last_scope, events;
    struct maker_task *tasks;
};

struct maker {
    const struct trace_shape *shape;
    struct ctf_writer **streams;
    uint32_t *in_packet; /* events, per stream */
    struct maker_process *process;
    GRand *random;
    uint64_t now_ns, written;
};

static void emit(struct maker *maker, struct event *event)
{
    struct maker_process *process = maker->process;
    uint32_t stream = (uint32_t)(maker->written / STREAM_RUN) % maker->shape->streams;
    maker->now_ns += EVENT_INTERVAL_NS;
    maker->written++;
    event->time_ns = maker->now_ns;
    event->pid = event->tid = process->pid;
    event->seq = ++process->seq;
    event->tick = (uint32_t)(++process->events / EVENTS_A_TICK);
    ctf_writer_add(maker->streams[stream], event);
    if (++maker->in_packet[stream] == PACKET_EVENTS) {
        ctf_writer_end_packet(maker->streams[stream], 0);
        maker->in_packet[stream] = 0;
    }
}

static uint32_t below(struct maker *maker, uint32_t limit)
{
    return (uint32_t)g_rand_int_range(maker->random, 0, (gint32)limit);
}

static struct stack_id any_stack(struct maker *maker)
{
    return (struct stack_id){1 + below(maker, CALL_SITES)};
}

static void announce(struct maker *maker)
{
    struct event runtime = {
        .kind = EVENT_RUNTIME,
        .runtime = {
            .schema = 1, .tool = "0.1.0", .python = "3.12.1", .host = "box", .stdlib = "/usr/lib/python3.12"}};
    emit(maker, &runtime);
    static const char *const kinds[KINDS_OF_SCOPE] = {"anyio.CancelScope", "asyncio.Timeout", "asyncio.TaskGroup"};
    for (uint32_t i = 0; i < KINDS_OF_SCOPE; i++) {
        struct event provider = {.kind = EVENT_PROVIDER,
                                 .provider = {.provider = {i + 1}, .traits = TRAIT_TAKES_BACK, .kind = kinds[i]}};
        emit(maker, &provider);
    }
    for (uint32_t i = 1; i <= CALL_SITES; i++) {
        struct event frame = {.kind = EVENT_FRAME,
                              .frame = {.frame = {i},
                                        .parent = {i / 4},
                                        .line = i,
                                        .file = "/srv/app/service/handlers.py",
                                        .function = "Handler.handle_request"}};
        emit(maker, &frame);
    }
}

static void start_task(struct maker *maker, struct maker_task *task)
{
    task->serial = ++maker->process->last_task;
    task->open = task->entered = 0;
    g_autofree char *name = g_strdup_printf("Task-%" G_GUINT64_FORMAT, task->serial);
    struct event start = {.kind = EVENT_TASK_START,
                          .task_start = {.task = {task->serial},
                                         .parent_task = {1},
                                         .stack = any_stack(maker),
                                         .name = name,
                                         .coroutine = "Handler.serve"}};
    emit(maker, &start);
}

static void end_task(struct maker *maker, const struct maker_task *task)
{
    struct event end = {.kind = EVENT_TASK_END, .task_end = {.how = TASK_FINISHED, .task = {task->serial}}};
    emit(maker, &end);
}

static void enter_scope(struct maker *maker, struct maker_task *task)
{
    uint64_t scope = ++maker->process->last_scope;
    struct event enter = {.kind = EVENT_SCOPE_ENTER,
                          .scope_enter = {.entry = 1,
                                          .provider = {1 + (uint32_t)(scope % KINDS_OF_SCOPE)},
                                          .stack = any_stack(maker),
                                          .scope = {scope},
                                          .parent_scope = {task->open ? task->scopes[task->open - 1] : 0},
                                          .task = {task->serial},
                                          .deadline = 5.0}};
    emit(maker, &enter);
    task->scopes[task->open++] = scope;
    task->entered++;
}

/* The scope's deadline passes: one request, which the exit takes back. */
static void cancel_scope(struct maker *maker, const struct maker_task *task, uint64_t scope)
{
    struct event cancel = {.kind = EVENT_SCOPE_CANCEL,
                           .scope_cancel = {.how = CANCEL_DEADLINE, .stack = any_stack(maker), .scope = {scope}}};
    emit(maker, &cancel);
    struct event raise = {.kind = EVENT_TASK_CANCEL,
                          .task_cancel = {.accepted = 1,
                                          .source = SOURCE_SCOPE,
                                          .after = 1,
                                          .repeat = 1,
                                          .stack = any_stack(maker),
                                          .task = {task->serial},
                                          .scope = {scope},
                                          .origin = {scope}}};
    emit(maker, &raise);
    struct event take = {.kind = EVENT_TASK_UNCANCEL,
                         .task_uncancel = {.source = SOURCE_SCOPE,
                                           .before = 1,
                                           .stack = any_stack(maker),
                                           .task = {task->serial},
                                           .by_task = {task->serial},
                                           .scope = {scope}}};
    emit(maker, &take);
}

static void exit_scope(struct maker *maker, struct maker_task *task)
{
    uint64_t scope = task->scopes[--task->open];
    bool cancelled = below(maker, SCOPES_A_CANCEL) == 0;
    if (cancelled)
        cancel_scope(maker, task, scope);
    struct event exit = {.kind = EVENT_SCOPE_EXIT,
                         .scope_exit = {.exception_in = cancelled ? EXIT_WITH_CANCELLED : EXIT_WITH_NONE,
                                        .outcome = cancelled ? EXIT_SWALLOWED : EXIT_PROPAGATED,
                                        .cancel_called = cancelled,
                                        .entry = 1,
                                        .before = cancelled,
                                        .stack = any_stack(maker),
                                        .scope = {scope},
                                        .task = {task->serial}}};
    emit(maker, &exit);
}

/* The task does its next thing: an enter or an exit, or it ends and another one begins. */
static void step(struct maker *maker, struct maker_task *task)
{
    g_assert(task);
    bool old = maker->shape->lifetime && task->entered >= maker->shape->lifetime;
    if (old && task->open == 0) {
        end_task(maker, task);
        start_task(maker, task);
    } else if (task->open > 0 && (old || task->open == maker->shape->depth || below(maker, 2))) {
        exit_scope(maker, task);
    } else {
        enter_scope(maker, task);
    }
}

static void begin_process(struct maker *maker, struct maker_process *process, uint32_t pid)
{
    process->pid = pid;
    process->tasks = g_new0(struct maker_task, maker->shape->tasks);
    maker->process = process;
    announce(maker);
    for (uint32_t i = 0; i < maker->shape->tasks; i++) {
        process->tasks[i].scopes = g_new(uint64_t, maker->shape->depth);
        start_task(maker, &process->tasks[i]);
        while (maker->shape->depth > 1 && process->tasks[i].open < maker->shape->depth / 2)
            enter_scope(maker, &process->tasks[i]);
    }
}

static void end_process(struct maker *maker, struct maker_process *process)
{
    maker->process = process;
    for (uint32_t i = 0; i < maker->shape->tasks; i++) {
        while (process->tasks[i].open)
            exit_scope(maker, &process->tasks[i]);
        end_task(maker, &process->tasks[i]);
        g_free(process->tasks[i].scopes);
    }
    struct event end = {.kind = EVENT_RUNTIME_END};
    emit(maker, &end);
    g_free(process->tasks);
}

static void open_streams(struct maker *maker, const char *folder)
{
    const struct ctf_trace_look look = {.host = "box", .uuid = 1};
    ctf_write_metadata(folder, &look);
    maker->streams = g_new(struct ctf_writer *, maker->shape->streams);
    maker->in_packet = g_new0(uint32_t, maker->shape->streams);
    for (uint32_t i = 0; i < maker->shape->streams; i++) {
        g_autofree char *name = g_strdup_printf("scopetrace_%u", i);
        maker->streams[i] = ctf_writer_new(folder, name, &look);
    }
}

static void close_streams(struct maker *maker)
{
    for (uint32_t i = 0; i < maker->shape->streams; i++)
        ctf_writer_close(maker->streams[i]);
    g_free(maker->streams);
    g_free(maker->in_packet);
}

uint64_t trace_make(const char *folder, const struct trace_shape *shape)
{
    struct maker maker = {.shape = shape, .random = g_rand_new_with_seed(1), .now_ns = 1700000000000000000};
    struct maker_process *processes = g_new0(struct maker_process, shape->processes);
    open_streams(&maker, folder);
    for (uint32_t i = 0; i < shape->processes; i++)
        begin_process(&maker, &processes[i], 1000 + i);
    while (maker.written < shape->events) {
        maker.process = &processes[below(&maker, shape->processes)];
        struct maker_task *task = &maker.process->tasks[below(&maker, shape->tasks)];
        for (uint32_t steps = 1 + below(&maker, STEPS_A_TURN - 1); steps > 0; steps--)
            step(&maker, task);
    }
    for (uint32_t i = 0; i < shape->processes; i++)
        end_process(&maker, &processes[i]);
    close_streams(&maker);
    g_rand_free(maker.random);
    g_free(processes);
    return maker.written;
}
