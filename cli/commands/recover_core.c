/* SPDX-License-Identifier: MIT */
#include "cli/commands/recover_core.h"

#include <stdio.h>

#include "analyzer/sources/guard.h"
#include "cli/commands/analyze.h"
#include "cli/core_file/last_moment.h"
#include "cli/error.h"
#include "cli/message.h"
#include "cli/recovery/recovery.h"
#include "cli/reporting.h"

struct job {
    const struct settings *settings;
    const char *trace;
};

/* A trace of what is in the core's own trace buffers: to be freed, NULL = nothing. What is in the other trace,
 * too, counts once. */
static char *extract_buffers(const struct core_reading *core, struct guard *guard, const char *trace,
                             GPtrArray *notices)
{
    const char *folder = guard_folder(guard);
    if (!folder)
        return NULL;
    g_autofree char *buffers = g_build_filename(folder, "buffers", NULL);
    g_autofree char *extracted = g_build_filename(folder, "extracted", NULL);
    g_autoptr(GError) error = NULL;
    const unsigned count = last_moment_write_buffers(core, trace, buffers);
    if (!count)
        return NULL;
    if (recovery_extract(buffers, extracted, &error)) {
        g_ptr_array_add(
            notices,
            g_strdup_printf("The core file has %u trace buffers: what they hold is in this report.", count));
        return g_steal_pointer(&extracted);
    }
    g_ptr_array_add(notices, g_strdup(error->message));
    return NULL;
}

/* A trace that cannot be read takes nothing from what the core has. */
static void report_on_trace(struct reporting *reporting, const struct core_reading *core, struct guard *guard,
                            const char *trace)
{
    g_autoptr(GPtrArray) notices = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *extracted = trace ? extract_buffers(core, guard, trace, notices) : NULL;
    const char *const traces[] = {trace, extracted, NULL};
    g_autoptr(GError) error = NULL;
    if (!trace)
        reporting_skip_analysis(reporting);
    else if (!reporting_analyze(reporting, guard, traces, &error))
        reporting_add_notice(reporting, error->message);
    for (guint i = 0; i < notices->len; i++)
        reporting_add_notice(reporting, notices->pdata[i]);
}

static gboolean report_on(struct reporting *reporting, struct core_reading *core, struct guard *guard,
                          const char *trace, GError **error)
{
    report_on_trace(reporting, core, guard, trace);
    reporting_add_memory(reporting, last_moment_of(core));
    return reporting_write(reporting, false, error);
}

static int recover_guarded(struct guard *guard, void *context)
{
    const struct job *job = context;
    const struct settings *settings = job->settings;
    g_autoptr(GError) error = NULL;
    int status = STATUS_FAILED;
    struct core_reading *core = last_moment_read(settings->core, settings->debug_dirs, guard, &error);
    struct reporting *reporting = core ? reporting_open(settings, stdout, &error) : NULL;
    if (reporting && report_on(reporting, core, guard, job->trace, &error))
        status = reporting_status(reporting, &error);
    reporting_free(reporting);
    last_moment_free(core);
    if (error)
        message_error("%s", error->message);
    return status;
}

int recover_core(const struct settings *settings, const char *trace)
{
    struct job job = {settings, trace};
    return analyze_guarded_run(recover_guarded, &job, settings->core);
}
