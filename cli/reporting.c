/* SPDX-License-Identifier: MIT */
#include "cli/reporting.h"

#include <errno.h>

#include "analyzer/core/agreement.h"
#include "analyzer/core/analysis.h"
#include "analyzer/reports/root.h"
#include "analyzer/reports/story.h"
#include "analyzer/sources/source.h"
#include "analyzer/symbols/symbols.h"
#include "cli/error.h"
#include "cli/message.h"
#include "cli/outputs.h"
#include "cli/progress.h"
#include "cli/project.h"
#include "cli/session/control_file.h"

struct reporting {
    const struct settings *settings;
    struct outputs *outputs;
    struct analysis *analysis;
    struct report report; /* the analysis's, with notices of our own */
    GPtrArray *notices;   /* char *: owned */
    char *root;           /* the project's folder */
    struct policy *policy;
    struct policy *live_policy; /* of what is told as it is found; NULL: nothing is */
    guint told;                 /* findings of the analysis that were looked at for it */
    GError *trouble;            /* of writing them */
    FILE *fallback;
    struct progress *progress; /* while a trace is read; NULL */
    uint64_t events;
    uint64_t unread; /* events that their processes wrote last, and LTTng has not read */
};

static gboolean check_debug_dirs(const struct settings *settings, GError **error)
{
    for (guint i = 0; i < settings->debug_dirs->len; i++) {
        const char *folder = settings->debug_dirs->pdata[i];
        if (g_file_test(folder, G_FILE_TEST_IS_DIR))
            continue;
        cli_fail(error, "--debug-dir: %s: no such folder; give the one that holds libraries or debug files",
                 folder);
        return options_blame("debug-dir", settings, error);
    }
    return TRUE;
}

struct reporting *reporting_open(const struct settings *settings, FILE *fallback, GError **error)
{
    struct reporting *reporting = g_new0(struct reporting, 1);
    reporting->settings = settings;
    reporting->notices = g_ptr_array_new_with_free_func(g_free);
    reporting->fallback = fallback;
    reporting->root = root_find();
    reporting->policy = project_policy(settings, reporting->root, error);
    if (reporting->policy && check_debug_dirs(settings, error))
        reporting->outputs = outputs_open(settings, reporting->root, fallback, error);
    if (reporting->outputs)
        return reporting;
    reporting_free(reporting);
    return NULL;
}

void reporting_free(struct reporting *reporting)
{
    if (!reporting)
        return;
    outputs_free(reporting->outputs);
    g_ptr_array_unref(reporting->notices);
    policy_free(reporting->policy);
    policy_free(reporting->live_policy);
    g_clear_error(&reporting->trouble);
    g_free(reporting->root);
    analysis_free(reporting->analysis);
    g_free(reporting);
}

/* ---- live ---- */

static void name_its_frames(const struct reporting *reporting, struct finding *finding)
{
    struct symbols *symbols = symbols_new(reporting->settings->debug_dirs);
    gpointer items[] = {finding};
    GPtrArray alone = {items, 1};
    symbols_name_report(symbols, &(struct report){.findings = &alone});
    symbols_free(symbols);
}

static void tell(struct reporting *reporting, struct finding *finding)
{
    name_its_frames(reporting, finding);
    if (!reporting->trouble)
        outputs_tell(reporting->outputs, finding, &reporting->trouble);
}

static void tell_new(struct reporting *reporting)
{
    for (struct finding *finding; (finding = analysis_finding(reporting->analysis, reporting->told));
         reporting->told++) {
        struct finding *admitted = policy_admit(reporting->live_policy, finding);
        if (admitted)
            tell(reporting, admitted);
    }
}

/* ---- the analysis ---- */

static void feed(void *context, const struct event *event)
{
    struct reporting *reporting = context;
    reporting->events += event->kind != EVENT_LOST;
    analysis_feed(reporting->analysis, event);
    if (reporting->live_policy)
        tell_new(reporting);
    progress_step(reporting->progress, event);
}

static void expect(void *context, const struct event *events, size_t count)
{
    const struct reporting *reporting = context;
    analysis_expect(reporting->analysis, events, count);
}

static void take_notices(struct reporting *reporting, const GPtrArray *notices)
{
    for (guint i = 0; notices && i < notices->len; i++)
        g_ptr_array_add(reporting->notices, g_strdup(notices->pdata[i]));
}

/* Who gives --debug-dir expects names; a configuration file may have it for other traces. A core file has stacks
 * of its own. */
static void explain_no_names(struct reporting *reporting)
{
    if (reporting->report.findings->len && !reporting->settings->native && !reporting->settings->core &&
        options_given(option_find("debug-dir", OPTIONS_REPORT), reporting->settings))
        g_ptr_array_add(reporting->notices,
                        g_strdup("--debug-dir: no finding has a native stack to name; record with --native."));
}

static void explain_no_tree(struct reporting *reporting)
{
    if (options_given(option_find("tree", OPTIONS_REPORT), reporting->settings) &&
        !outputs_show_tree(reporting->outputs))
        g_ptr_array_add(reporting->notices,
                        g_strdup("--tree: no format that was given shows it; add --format text or json."));
}

static void name_native_frames(struct reporting *reporting)
{
    struct symbols *symbols = symbols_new(reporting->settings->debug_dirs);
    symbols_name_report(symbols, &reporting->report);
    if (!symbols_were_wanted(symbols))
        explain_no_names(reporting);
    symbols_explain(symbols, reporting->notices);
    symbols_free(symbols);
}

static gboolean analyze(struct reporting *reporting, const char *const *traces, struct source_notes *notes,
                        GError **error)
{
    const struct analysis_options options = {.strict = reporting->settings->strict != 0,
                                             .tree = reporting->settings->tree != 0,
                                             .root = reporting->root};
    notes->damage = g_ptr_array_new_with_free_func(g_free);
    notes->expect = expect;
    reporting->analysis = analysis_new(&options);
    reporting->progress = reporting->settings->quiet || notes->follow ? NULL : progress_new(notes);
    const gboolean read = source_read(traces, feed, reporting, notes, error);
    g_clear_pointer(&reporting->progress, progress_free);
    analysis_settle(reporting->analysis);
    if (reporting->live_policy)
        tell_new(reporting);
    reporting->report = *analysis_finish(reporting->analysis);
    policy_apply(reporting->policy, &reporting->report);
    take_notices(reporting, reporting->report.notices);
    take_notices(reporting, notes->damage);
    reporting->report.incomplete = notes->damage->len > 0;
    name_native_frames(reporting);
    explain_no_tree(reporting);
    reporting->report.notices = reporting->notices;
    g_ptr_array_unref(notes->damage);
    return read;
}

gboolean reporting_analyze(struct reporting *reporting, struct guard *guard, const char *const *traces,
                           GError **error)
{
    struct source_notes notes = {.guard = guard};
    return analyze(reporting, traces, &notes, error);
}

static void say(void *context, const char *sentence)
{
    (void)context;
    message_notice("%s", sentence);
}

gboolean reporting_follow(struct reporting *reporting, const char *url, gint64 duration_us, GError **error)
{
    const struct source_follow follow = {.duration_us = duration_us, .say = say};
    struct source_notes notes = {.follow = &follow};
    const char *const traces[] = {url, NULL};
    reporting->live_policy = project_policy(reporting->settings, reporting->root, error);
    if (!reporting->live_policy || !analyze(reporting, traces, &notes, error))
        return FALSE;
    if (reporting->trouble)
        g_propagate_error(error, g_steal_pointer(&reporting->trouble));
    return !*error;
}

static void name_threads(struct reporting *reporting, const struct last_moment *moment)
{
    struct symbols *symbols = symbols_new(reporting->settings->debug_dirs);
    for (guint i = 0; i < moment->threads->len; i++) {
        const struct memory_thread *thread = g_ptr_array_index(moment->threads, i);
        symbols_name(symbols, thread->frames, thread->count);
    }
    symbols_explain(symbols, reporting->notices);
    symbols_free(symbols);
}

void reporting_skip_analysis(struct reporting *reporting)
{
    const struct analysis_options options = {.strict = false};
    reporting->analysis = analysis_new(&options);
    reporting->report = *analysis_finish(reporting->analysis);
    reporting->report.notices = reporting->notices;
}

void reporting_add_memory(struct reporting *reporting, struct last_moment *moment)
{
    if (reporting->report.processes->len)
        agreement_note(moment, &reporting->report);
    reporting->report.memory = moment;
    name_threads(reporting, moment);
}

void reporting_add_notice(struct reporting *reporting, const char *sentence)
{
    g_ptr_array_add(reporting->notices, g_strdup(sentence));
}

/* What an agent said of it already: "KIND (MODULE:CLASS) is not traced: …". */
static bool is_explained(const struct reporting *reporting, const struct control_class *class)
{
    g_autofree char *begin = g_strdup_printf("%s (", class->kind);
    for (guint i = 0; i < reporting->notices->len; i++)
        if (g_str_has_prefix(reporting->notices->pdata[i], begin))
            return true;
    return false;
}

void reporting_add_unseen(struct reporting *reporting, const struct control_classes *classes)
{
    for (uint32_t i = 0; i < classes->count; i++) {
        const struct control_class *class = &classes->items[i];
        if (g_hash_table_contains(reporting->report.kinds, class->kind) || is_explained(reporting, class))
            continue;
        g_autofree char *sentence =
            g_strdup_printf("%s (%s:%s) was not traced: its module was not imported, or has no such class.",
                            class->kind, class->module, class->qualname);
        reporting_add_notice(reporting, sentence);
    }
}

uint64_t reporting_events(const struct reporting *reporting)
{
    return reporting->events;
}

uint64_t reporting_tasks(const struct reporting *reporting)
{
    return reporting->report.summary.tasks;
}

bool reporting_anything_hooked(const struct reporting *reporting)
{
    return reporting_tasks(reporting) || g_hash_table_size(reporting->report.kinds);
}

gboolean reporting_require_events(const struct reporting *reporting, const char *trace, const char *otherwise,
                                  GError **error)
{
    const GPtrArray *notices = reporting->notices;
    if (reporting->events)
        return TRUE;
    if (!notices->len)
        return cli_fail(error, "%s: no events of scopetrace %s", trace, otherwise);
    return cli_fail(error, "%s: no events of scopetrace could be read: %s%s", trace,
                    (const char *)g_ptr_array_index(notices, notices->len - 1),
                    source_is_url(trace) ? SOURCE_AT_RELAY : "");
}

void reporting_add_loss(struct reporting *reporting, uint64_t discarded, const char *advice)
{
    uint64_t *lost = &reporting->report.summary.lost_events;
    /* what died with its process was not lost for that reason */
    const bool had_no_room = discarded || *lost > reporting->unread;
    *lost = MAX(*lost, discarded);
    if (had_no_room)
        g_ptr_array_add(
            reporting->notices,
            g_strdup_printf("%" G_GUINT64_FORMAT " events were lost for want of room: %s", *lost, advice));
}

/* The number of the newest event of a process; 0: none is there. */
static uint32_t last_of(const struct reporting *reporting, uint32_t pid, unsigned *ret_processes)
{
    uint32_t last = 0;
    *ret_processes = 0;
    for (guint i = 0; i < reporting->report.processes->len; i++) {
        const struct report_process *process = g_ptr_array_index(reporting->report.processes, i);
        if (process->pid != pid)
            continue;
        last = process->last_seq;
        ++*ret_processes;
    }
    return last;
}

/* Nothing is said where several had this pid. A process that is killed inside an event before its buffer was first
 * read leaves nothing at all. */
static void add_ended(struct reporting *reporting, uint32_t pid, uint32_t emitted)
{
    struct report *report = &reporting->report;
    unsigned processes;
    const int32_t missing = (int32_t)(emitted - last_of(reporting, pid, &processes));
    if (missing <= 0 || processes > 1)
        return;
    /* LTTng may have counted them already */
    report->missing_events += (uint32_t)missing;
    reporting->unread += (uint32_t)missing;
    report->summary.lost_events = MAX(report->summary.lost_events, report->missing_events);
    g_ptr_array_add(reporting->notices,
                    processes
                        ? g_strdup_printf("The last %d of the %u events of process %u are not in the trace.",
                                          missing, emitted, pid)
                        : g_strdup_printf("The %u events of process %u are not in the trace.", emitted, pid));
}

void reporting_add_ended(struct reporting *reporting, const struct control_census *census)
{
    for (guint i = 0; census->ended && i < census->ended->len; i++) {
        const struct control_ended *ended = &g_array_index(census->ended, struct control_ended, i);
        add_ended(reporting, ended->pid, ended->emitted);
    }
}

bool reporting_asyncio_seen(const struct reporting *reporting)
{
    const GPtrArray *processes = reporting->report.processes;
    for (guint i = 0; processes && i < processes->len; i++)
        if (((const struct report_process *)processes->pdata[i])->asyncio_seen)
            return true;
    return false;
}

bool reporting_is_cut(const struct reporting *reporting)
{
    const GPtrArray *processes = reporting->report.processes;
    for (guint i = 0; i < processes->len; i++) {
        const struct report_process *process = processes->pdata[i];
        if (process->asyncio_seen && !process->ended_in_order && !process->left)
            return true;
    }
    return false;
}

static bool has_failing_findings(const struct reporting *reporting)
{
    if (reporting->settings->write_baseline)
        return false;
    for (int level = reporting->settings->fail_on; level < LEVELS; level++)
        if (reporting->report.summary.findings[level])
            return true;
    return false;
}

static gboolean is_all_there(const struct reporting *reporting, GError **error)
{
    const struct report *report = &reporting->report;
    if (report->summary.lost_events)
        return cli_fail(error,
                        "%" G_GUINT64_FORMAT " events were lost, and --fail-on-loss was given; see --buffer-size",
                        report->summary.lost_events);
    if (report->incomplete)
        return cli_fail(error,
                        "some of the trace could not be read, and --fail-on-loss was given; see the notices");
    return TRUE;
}

int reporting_status(const struct reporting *reporting, GError **error)
{
    if (has_failing_findings(reporting))
        return STATUS_FINDINGS;
    return !reporting->settings->fail_on_loss || is_all_there(reporting, error) ? STATUS_OK : STATUS_FAILED;
}

static gboolean write_suppressions(const struct reporting *reporting, GError **error)
{
    g_autofree char *text = policy_suppressions_text(reporting->policy, &reporting->report);
    if (fputs(text, reporting->fallback) >= 0 && fflush(reporting->fallback) == 0)
        return TRUE;
    return cli_fail(error, "--gen-suppressions: %s", g_strerror(errno));
}

static gboolean write_baseline(const struct reporting *reporting, GError **error)
{
    return project_write_baseline(reporting->settings, reporting->policy, &reporting->report, error);
}

gboolean reporting_write(struct reporting *reporting, bool files_only, GError **error)
{
    const struct settings *settings = reporting->settings;
    const bool told = reporting->live_policy != NULL;
    return outputs_write(reporting->outputs, &reporting->report, files_only, told, error) &&
           (!settings->gen_suppressions || write_suppressions(reporting, error)) &&
           (!settings->write_baseline || (files_only && !settings->allow_empty) ||
            write_baseline(reporting, error));
}

void reporting_tell_summary(const struct reporting *reporting)
{
    g_autofree char *findings = story_findings(&reporting->report.summary);
    g_autofree char *volume = story_volume(&reporting->report);
    for (guint i = 0; i < reporting->notices->len; i++)
        message_notice("%s", (const char *)g_ptr_array_index(reporting->notices, i));
    message_notice("%s (%s)", findings, volume);
}
