/* SPDX-License-Identifier: MIT */
#include "cli/commands/recover_core.h"

#include <stdio.h>

#include "analyzer/sources/guard.h"
#include "cli/commands/analyze.h"
#include "cli/core_file/last_moment.h"
#include "cli/error.h"
#include "cli/message.h"
#include "cli/reporting.h"

struct job {
    const struct settings *settings;
    const char *trace;
};

/* A trace that cannot be read takes nothing from what the core has. */
static void report_on_trace(struct reporting *reporting, struct guard *guard, const char *trace)
{
    const char *const traces[] = {trace, NULL};
    g_autoptr(GError) error = NULL;
    if (!trace)
        reporting_skip_analysis(reporting);
    else if (!reporting_analyze(reporting, guard, traces, &error))
        reporting_add_notice(reporting, error->message);
}

static gboolean report_on(struct reporting *reporting, struct core_reading *core, struct guard *guard,
                          const char *trace, GError **error)
{
    report_on_trace(reporting, guard, trace);
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
