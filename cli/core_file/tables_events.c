/* SPDX-License-Identifier: MIT */
#include "cli/core_file/tables_events.h"

#include <math.h>

/* As the agent cuts stacks. */
#define MOST_DEPTH 256u
#define MOST_REQUESTS 64u

struct seen_task {
    uint64_t serial, parent, innermost, requests;
    uint32_t counter;
    char *name, *coroutine;
};

struct seen_scope {
    uint64_t serial, outer, host, parent, provider, entered_ns, cancel_task, cancel_ns;
    uint32_t entry, stack, counter, cancel_stack;
    uint8_t shield, cancelled, cancel_how;
    bool told;
};

/* What was decided when: a scope's cancel, or a request. */
struct seen_cancel {
    uint64_t time_ns;
    uint32_t *counter; /* of a request's task, as far as it is told */
    struct event event;
};

struct telling {
    struct tables *tables;
    uint64_t moment_ns;
    event_handler handler;
    void *context;
    char *host;
    GHashTable *nodes;     /* those that were told */
    GHashTable *providers; /* address → number */
    GArray *tasks;         /* struct seen_task */
    GPtrArray *scopes;     /* struct seen_scope * */
    GHashTable *scopes_at; /* address of its record → struct seen_scope * */
    GArray *cancels;       /* struct seen_cancel */
};

static void seen_task_clear(void *data)
{
    struct seen_task *task = data;
    g_free(task->name);
    g_free(task->coroutine);
}

static gpointer key_of(uint64_t number)
{
    return (gpointer)(uintptr_t)number;
}

static void tell(const struct telling *telling, struct event event, uint64_t time_ns)
{
    event.host = telling->host;
    event.time_ns = MIN(time_ns, telling->moment_ns);
    event.pid = event.tid = telling->tables->pid;
    telling->handler(telling->context, &event);
}

static void tell_now(const struct telling *telling, struct event event)
{
    tell(telling, event, telling->moment_ns);
}

/* The agent's clock may have been ahead of the file's. */
static uint64_t noted(const struct telling *telling, uint64_t time_ns)
{
    return time_ns && time_ns < telling->moment_ns ? time_ns : telling->moment_ns;
}

/* ---- stacks ---- */

static uint64_t node_address(const struct telling *telling, uint32_t node)
{
    const uint32_t given_up = telling->tables->nodes_given_up;
    return node > given_up ? tables_item(telling->tables, TABLES_NODES, node - given_up) : 0;
}

static void tell_frame(struct telling *telling, uint32_t node, const struct tables_record *record)
{
    struct tables_record code;
    if (!tables_read(telling->tables, TABLES_CODES, tables_number(record, TABLES_NODE_CODE), &code))
        return;
    g_autofree char *file = tables_text_at(telling->tables, &code, TABLES_CODE_FILE);
    g_autofree char *function = tables_text_at(telling->tables, &code, TABLES_CODE_FUNCTION);
    const struct event_frame frame = {.statedump = 1,
                                      .frame = {node},
                                      .parent = {(uint32_t)tables_number(record, TABLES_NODE_PARENT)},
                                      .line = (uint32_t)tables_number(record, TABLES_NODE_LINE),
                                      .file = file,
                                      .function = function};
    tell_now(telling, (struct event){.kind = EVENT_FRAME, .frame = frame});
    tables_record_clear(&code);
}

/* Parents have lower numbers: else it is no tree. */
static void tell_stack(struct telling *telling, uint32_t node)
{
    for (uint32_t depth = 0; node && depth < MOST_DEPTH && g_hash_table_add(telling->nodes, key_of(node));
         depth++) {
        struct tables_record record;
        if (!tables_read(telling->tables, TABLES_NODES, node_address(telling, node), &record))
            return;
        const uint32_t parent = (uint32_t)tables_number(&record, TABLES_NODE_PARENT);
        tell_frame(telling, node, &record);
        tables_record_clear(&record);
        telling->tables->is_damaged |= parent >= node;
        node = parent < node ? parent : 0;
    }
}

/* ---- the process ---- */

static void tell_runtime(const struct tables_record *record, void *context)
{
    struct telling *telling = context;
    g_autofree char *python = tables_text(record, TABLES_RUNTIME_PYTHON);
    g_autofree char *executable = tables_text(record, TABLES_RUNTIME_EXECUTABLE);
    g_autofree char *argv = tables_text(record, TABLES_RUNTIME_ARGV);
    g_autofree char *cwd = tables_text(record, TABLES_RUNTIME_CWD);
    g_autofree char *stdlib = tables_text(record, TABLES_RUNTIME_STDLIB);
    g_free(telling->host);
    telling->host = tables_text(record, TABLES_RUNTIME_HOST);
    const struct event_runtime runtime = {.statedump = 1,
                                          .state = RUNTIME_TRACED,
                                          .schema = SCOPETRACE_SCHEMA_VERSION,
                                          .reason = "",
                                          .tool = telling->tables->tool,
                                          .python = python,
                                          .executable = executable,
                                          .argv = argv,
                                          .cwd = cwd,
                                          .host = telling->host,
                                          .stdlib = stdlib};
    tell_now(telling, (struct event){.kind = EVENT_RUNTIME, .runtime = runtime});
}

static void tell_provider(const struct tables_record *record, void *context)
{
    struct telling *telling = context;
    g_autofree char *kind = tables_text(record, TABLES_PROVIDER_KIND);
    g_autofree char *module = tables_text(record, TABLES_PROVIDER_MODULE);
    if (!*kind)
        return;
    const uint32_t number = g_hash_table_size(telling->providers) + 1;
    const struct event_provider provider = {.statedump = 1,
                                            .provider = {number},
                                            .traits = (uint32_t)tables_number(record, TABLES_PROVIDER_TRAITS),
                                            .kind = kind,
                                            .module = module,
                                            .qualname = "",
                                            .cancel_methods = ""};
    g_hash_table_insert(telling->providers, key_of(tables_number(record, TABLES_PROVIDER_ADDRESS)),
                        GUINT_TO_POINTER(number));
    tell_now(telling, (struct event){.kind = EVENT_PROVIDER, .provider = provider});
}

/* ---- tasks ---- */

static void take_task(const struct tables_record *record, void *context)
{
    struct telling *telling = context;
    const uint32_t announced = (uint32_t)tables_number(record, TABLES_TASK_ANNOUNCED);
    if (!tables_number(record, TABLES_TASK_SERIAL) || !announced || announced < telling->tables->recording ||
        tables_number(record, TABLES_TASK_ENDED) || tables_number(record, TABLES_TASK_DONE))
        return;
    const struct seen_task task = {.serial = tables_number(record, TABLES_TASK_SERIAL),
                                   .parent = tables_number(record, TABLES_TASK_PARENT),
                                   .innermost = tables_number(record, TABLES_TASK_INNERMOST),
                                   .requests = tables_number(record, TABLES_TASK_REQUESTS),
                                   .counter = (uint32_t)tables_number(record, TABLES_TASK_COUNTER),
                                   .name = tables_text(record, TABLES_TASK_NAME),
                                   .coroutine = tables_text(record, TABLES_TASK_COROUTINE)};
    g_array_append_val(telling->tasks, task);
}

static gint by_serial(gconstpointer a, gconstpointer b)
{
    const struct seen_task *x = a, *y = b;
    return x->serial < y->serial ? -1 : x->serial > y->serial;
}

static void tell_task(const struct telling *telling, const struct seen_task *task, uint32_t counter)
{
    const struct event_task_seen seen = {.task = {task->serial},
                                         .parent_task = {task->parent},
                                         .counter = counter,
                                         .name = task->name,
                                         .coroutine = task->coroutine};
    tell_now(telling, (struct event){.kind = EVENT_TASK_SEEN, .task_seen = seen});
}

/* ---- scopes ---- */

static void take_scope(const struct tables_record *record, void *context)
{
    struct telling *telling = context;
    if (!tables_number(record, TABLES_SCOPE_SERIAL) || !tables_number(record, TABLES_SCOPE_OPEN) ||
        tables_number(record, TABLES_SCOPE_GONE) ||
        g_hash_table_contains(telling->scopes_at, key_of(record->address)))
        return;
    const uint64_t cancel = tables_number(record, TABLES_SCOPE_CANCEL);
    struct seen_scope *scope = g_new(struct seen_scope, 1);
    *scope = (struct seen_scope){.serial = tables_number(record, TABLES_SCOPE_SERIAL),
                                 .entry = (uint32_t)tables_number(record, TABLES_SCOPE_ENTRY),
                                 .provider = tables_number(record, TABLES_SCOPE_PROVIDER),
                                 .outer = tables_number(record, TABLES_SCOPE_OUTER),
                                 .host = tables_number(record, TABLES_SCOPE_HOST),
                                 .parent = tables_number(record, TABLES_SCOPE_PARENT),
                                 .entered_ns = tables_number(record, TABLES_SCOPE_ENTERED_NS),
                                 .stack = (uint32_t)tables_number(record, TABLES_SCOPE_STACK),
                                 .counter = (uint32_t)tables_number(record, TABLES_SCOPE_COUNTER),
                                 .shield = tables_number(record, TABLES_SCOPE_SHIELD) != 0,
                                 .cancelled = tables_number(record, TABLES_SCOPE_CANCELLED) != 0,
                                 .cancel_task = tables_number(record, TABLES_SCOPE_CANCEL_TASK),
                                 .cancel_ns = tables_number(record, TABLES_SCOPE_CANCEL_NS),
                                 .cancel_stack = (uint32_t)cancel,
                                 .cancel_how = (uint8_t)(cancel >> 32)};
    g_ptr_array_add(telling->scopes, scope);
    g_hash_table_insert(telling->scopes_at, key_of(record->address), scope);
}

static void take_scope_cancel(struct telling *telling, const struct seen_scope *scope)
{
    const bool seen = scope->cancel_ns != 0;
    const struct event_scope_cancel cancel = {.how = scope->cancel_how,
                                              .stack = {seen ? scope->cancel_stack : 0},
                                              .scope = {scope->serial},
                                              .by_task = {seen ? scope->cancel_task : 0},
                                              .method = "",
                                              .reason = ""};
    const struct seen_cancel taken = {.time_ns = noted(telling, scope->cancel_ns),
                                      .event = {.kind = EVENT_SCOPE_CANCEL, .scope_cancel = cancel}};
    g_array_append_val(telling->cancels, taken);
}

static void tell_scope(struct telling *telling, struct seen_scope *scope)
{
    scope->told = true;
    tell_stack(telling, scope->stack);
    const uint32_t provider = GPOINTER_TO_UINT(g_hash_table_lookup(telling->providers, key_of(scope->provider)));
    const struct event_scope_enter enter = {.statedump = 1,
                                            .shield = scope->shield,
                                            .cancelled = scope->cancelled,
                                            .entry = scope->entry,
                                            .provider = {provider},
                                            .counter = scope->counter,
                                            .stack = {scope->stack},
                                            .scope = {scope->serial},
                                            .task = {scope->host},
                                            .parent_scope = {scope->parent},
                                            .entered_ns = noted(telling, scope->entered_ns),
                                            .deadline = INFINITY};
    tell_now(telling, (struct event){.kind = EVENT_SCOPE_ENTER, .scope_enter = enter});
    if (scope->cancelled)
        take_scope_cancel(telling, scope);
}

/* Outermost first. A chain that comes back to itself, or leads to another task, ends there. */
static void tell_scopes_of(struct telling *telling, const struct seen_task *task)
{
    g_autoptr(GPtrArray) chain = g_ptr_array_new();
    uint64_t address = task->innermost;
    while (address) {
        struct seen_scope *scope = g_hash_table_lookup(telling->scopes_at, key_of(address));
        if (!scope || scope->told || scope->host != task->serial) {
            telling->tables->is_damaged |= scope != NULL;
            break;
        }
        scope->told = true;
        g_ptr_array_add(chain, scope);
        address = scope->outer;
    }
    for (guint i = chain->len; i-- > 0;)
        tell_scope(telling, chain->pdata[i]);
}

static void tell_scopes(struct telling *telling)
{
    for (guint i = 0; i < telling->tasks->len; i++)
        tell_scopes_of(telling, &g_array_index(telling->tasks, struct seen_task, i));
    for (guint i = 0; i < telling->scopes->len; i++) {
        struct seen_scope *scope = telling->scopes->pdata[i];
        if (!scope->told)
            tell_scope(telling, scope);
    }
}

/* ---- requests ---- */

static struct seen_cancel request_of(struct telling *telling, const struct tables_record *record,
                                     struct seen_task *task)
{
    const uint32_t stack = (uint32_t)tables_number(record, TABLES_REQUEST_STACK);
    const struct event_task_cancel cancel = {
        .accepted = 1,
        .source = (uint8_t)tables_number(record, TABLES_REQUEST_SOURCE),
        .repeat = (uint32_t)tables_number(record, TABLES_REQUEST_COUNT),
        .stack = {stack},
        .task = {task->serial},
        .by_task = {tables_number(record, TABLES_REQUEST_BY_TASK)},
        .via_task = {tables_number(record, TABLES_REQUEST_VIA_TASK)},
        .scope = {tables_number(record, TABLES_REQUEST_SCOPE)},
        .origin = {tables_number(record, TABLES_REQUEST_ORIGIN)},
        .message = "",
    };
    tell_stack(telling, stack);
    return (struct seen_cancel){.time_ns = noted(telling, tables_number(record, TABLES_REQUEST_RAISED_NS)),
                                .event = {.kind = EVENT_TASK_CANCEL, .task_cancel = cancel}};
}

/* The units that its records speak of. */
static uint32_t take_requests(struct telling *telling, struct seen_task *task)
{
    uint64_t address = task->requests;
    uint32_t units = 0;
    for (uint32_t i = 0; address && i < MOST_REQUESTS; i++) {
        struct tables_record record;
        if (!tables_read(telling->tables, TABLES_REQUESTS, address, &record))
            break;
        struct seen_cancel cancel = request_of(telling, &record, task);
        cancel.counter = &task->counter;
        units += MIN(cancel.event.task_cancel.repeat, UINT32_MAX - units);
        g_array_append_val(telling->cancels, cancel);
        address = tables_number(&record, TABLES_REQUEST_NEXT);
        tables_record_clear(&record);
    }
    return units;
}

static gint by_time(gconstpointer a, gconstpointer b)
{
    const struct seen_cancel *x = a, *y = b;
    return x->time_ns < y->time_ns ? -1 : x->time_ns > y->time_ns;
}

static void tell_cancels(struct telling *telling)
{
    g_array_sort(telling->cancels, by_time);
    for (guint i = 0; i < telling->cancels->len; i++) {
        struct seen_cancel *cancel = &g_array_index(telling->cancels, struct seen_cancel, i);
        if (cancel->counter) {
            struct event_task_cancel *request = &cancel->event.task_cancel;
            request->before = *cancel->counter;
            request->after = request->before + MIN(request->repeat, UINT32_MAX - request->before);
            *cancel->counter = request->after;
        } else {
            tell_stack(telling, cancel->event.scope_cancel.stack.node);
        }
        tell(telling, cancel->event, cancel->time_ns);
    }
}

/* Requests first: what their records do not speak of was there before them. */
static void tell_tasks(struct telling *telling, uint32_t *counters)
{
    for (guint i = 0; i < telling->tasks->len; i++) {
        struct seen_task *task = &g_array_index(telling->tasks, struct seen_task, i);
        counters[i] = task->counter;
        const uint32_t units = take_requests(telling, task);
        task->counter -= MIN(units, task->counter);
        tell_task(telling, task, task->counter);
    }
}

/* Some were taken back that the agent did not see go. */
static void settle_counters(const struct telling *telling, const uint32_t *counters)
{
    for (guint i = 0; i < telling->tasks->len; i++) {
        const struct seen_task *task = &g_array_index(telling->tasks, struct seen_task, i);
        if (task->counter != counters[i])
            tell_task(telling, task, counters[i]);
    }
}

static void tell_all(struct telling *telling)
{
    tables_each(telling->tables, TABLES_RUNTIME, tell_runtime, telling);
    tables_each(telling->tables, TABLES_PROVIDERS, tell_provider, telling);
    /* in a forked child in which nothing happened they are its parent's */
    if (telling->tables->unannounced)
        return;
    tables_each(telling->tables, TABLES_TASKS, take_task, telling);
    tables_each(telling->tables, TABLES_SCOPES, take_scope, telling);
    g_array_sort(telling->tasks, by_serial);
    g_autofree uint32_t *counters = g_new(uint32_t, telling->tasks->len);
    tell_tasks(telling, counters);
    tell_scopes(telling);
    tell_cancels(telling);
    settle_counters(telling, counters);
}

void tables_tell(struct tables *tables, uint64_t moment_ns, event_handler handler, void *context)
{
    struct telling telling = {.tables = tables,
                              .moment_ns = moment_ns,
                              .handler = handler,
                              .context = context,
                              .host = g_strdup(""),
                              .nodes = g_hash_table_new(NULL, NULL),
                              .providers = g_hash_table_new(NULL, NULL),
                              .tasks = g_array_new(FALSE, FALSE, sizeof(struct seen_task)),
                              .scopes = g_ptr_array_new_with_free_func(g_free),
                              .scopes_at = g_hash_table_new(NULL, NULL),
                              .cancels = g_array_new(FALSE, FALSE, sizeof(struct seen_cancel))};
    g_array_set_clear_func(telling.tasks, seen_task_clear);
    tell_all(&telling);
    g_hash_table_unref(telling.nodes);
    g_hash_table_unref(telling.providers);
    g_array_unref(telling.tasks);
    g_ptr_array_unref(telling.scopes);
    g_hash_table_unref(telling.scopes_at);
    g_array_unref(telling.cancels);
    g_free(telling.host);
}
