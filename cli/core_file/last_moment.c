/* SPDX-License-Identifier: MIT */
#include "cli/core_file/last_moment.h"

#include "analyzer/core/analysis.h"
#include "cli/core_file/core_buffers.h"
#include "cli/core_file/core_file.h"
#include "cli/core_file/native_threads.h"
#include "cli/core_file/tables_events.h"
#include "cli/error.h"

/* Of the names of the agent's library, wherever it was installed or attached from. */
#define AGENT_HINT "scopetrace"
/* The kernel's clock for files runs behind the time of day by up to this. */
#define FILE_CLOCK_NS UINT64_C(10000000)

struct core_reading {
    struct last_moment moment;
    struct core_file *core;
    struct analysis *analysis;
};

static void memory_thread_free(void *data)
{
    struct memory_thread *thread = data;
    for (uint32_t i = 0; i < thread->count; i++) {
        g_free(thread->frames[i].function);
        g_free(thread->frames[i].library);
        g_free(thread->frames[i].build_id);
    }
    g_free(thread->frames);
    g_free(thread);
}

static void remark(struct last_moment *moment, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void remark(struct last_moment *moment, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_ptr_array_add(moment->remarks, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

/* ---- the tables ---- */

static bool take_root(const struct core_file *core, uint64_t address, void *context)
{
    uint64_t *root = context;
    if (!tables_is_root(&core->memory, address))
        return false;
    *root = address;
    return true;
}

static gboolean open_tables(struct tables *tables, const struct core_file *core, const char *path, GError **error)
{
    uint64_t root = 0;
    GError *cause = NULL;
    if (!core_file_scan(core, TABLES_MAGIC, TABLES_MAGIC_BYTES, AGENT_HINT, take_root, &root))
        return cli_fail(error, "%s: nothing of scopetrace is in it: the process was not traced%s", path,
                        core->missing ? ", or the file is cut short before that place" : "");
    if (tables_open(tables, &core->memory, root, &cause)) {
        tables->pid = tables->pid ? tables->pid : core->pid;
        return TRUE;
    }
    g_propagate_prefixed_error(error, cause, "%s: ", path);
    return FALSE;
}

/* What has the moment's own time is of a time that nobody noted. */
static void forget_time(struct moment *moment, uint64_t moment_ns)
{
    if (moment && moment->time_ns == moment_ns)
        moment->time_ns = 0;
}

static void forget_times(const struct open_end *end, uint64_t moment_ns)
{
    for (guint i = 0; i < end->tasks->len; i++) {
        const struct open_task *task = g_ptr_array_index(end->tasks, i);
        for (guint j = 0; j < task->requests->len; j++) {
            const struct open_request *request = g_ptr_array_index(task->requests, j);
            forget_time(request->cancelled, moment_ns);
            forget_time(request->raised, moment_ns);
        }
        for (guint j = 0; j < task->scopes->len; j++) {
            const struct tree_scope *scope = g_ptr_array_index(task->scopes, j);
            forget_time(scope->entered, moment_ns);
            forget_time(scope->cancelled, moment_ns);
        }
    }
}

static void feed(void *context, const struct event *event)
{
    analysis_feed(context, event);
}

/* The picture is analyzed as a trace is; what its rules make of it is no finding: nothing of it was seen happen.
 */
static void read_tables(struct core_reading *reading, struct tables *tables, uint64_t moment_ns)
{
    const struct analysis_options options = {.still = true};
    reading->analysis = analysis_new(&options);
    tables_tell(tables, moment_ns, feed, reading->analysis);
    const struct report *picture = analysis_finish(reading->analysis);
    if (picture->processes->len)
        reading->moment.process = g_ptr_array_index(picture->processes, 0);
    if (!picture->ends->len)
        return;
    struct open_end *end = g_ptr_array_index(picture->ends, 0);
    forget_times(end, moment_ns);
    end->time_ns = moment_ns - FILE_CLOCK_NS;
    end->of_memory = true;
    reading->moment.end = end;
}

static void explain_tables(struct last_moment *moment, const struct tables *tables)
{
    if (tables->unannounced)
        remark(moment,
               "It is a child made by fork in which nothing of asyncio has run: what its memory has is its "
               "parent's, and left out here.");
    else if (!tables->recording)
        remark(moment, "No recording had begun in it: scopetrace's tables are empty.");
    else if (!tables->is_recorded)
        remark(moment,
               "It was not being recorded at that moment: scopetrace's tables are as the last recording, or "
               "the interpreter's end, left them.");
    if (tables->is_damaged)
        remark(moment, "Parts of scopetrace's tables could not be read: the list is not complete.");
}

/* ---- all of it ---- */

static void read_process(struct core_reading *reading, const struct core_file *core, struct tables *tables)
{
    struct last_moment *moment = &reading->moment;
    read_tables(reading, tables, core->time_ns + FILE_CLOCK_NS);
    moment->pid = tables->pid;
    moment->events = tables->events;
    moment->signal = core->signal;
    moment->address = core->address;
    if (core->missing)
        remark(moment, "The core file is cut short: %" G_GUINT64_FORMAT " bytes are missing at its end.",
               core->missing);
    explain_tables(moment, tables);
}

struct core_reading *last_moment_read(const char *path, const GPtrArray *debug_dirs, struct guard *guard,
                                      GError **error)
{
    struct tables tables;
    struct core_reading *reading = NULL;
    struct core_file *core = core_file_open(path, error);
    if (core && open_tables(&tables, core, path, error)) {
        reading = g_new0(struct core_reading, 1);
        reading->moment = (struct last_moment){.file = g_strdup(path),
                                               .threads = g_ptr_array_new_with_free_func(memory_thread_free),
                                               .remarks = g_ptr_array_new_with_free_func(g_free)};
        read_process(reading, core, &tables);
        native_threads_read(core, debug_dirs, guard, reading->moment.threads);
    }
    if (reading)
        reading->core = core;
    else
        core_file_close(core);
    return reading;
}

struct last_moment *last_moment_of(struct core_reading *reading)
{
    return &reading->moment;
}

unsigned last_moment_write_buffers(const struct core_reading *reading, const char *trace, const char *folder)
{
    return core_buffers_write(reading->core, trace, folder);
}

void last_moment_free(struct core_reading *reading)
{
    if (!reading)
        return;
    g_ptr_array_unref(reading->moment.threads);
    g_ptr_array_unref(reading->moment.remarks);
    g_free(reading->moment.file);
    core_file_close(reading->core);
    analysis_free(reading->analysis);
    g_free(reading);
}
