/* SPDX-License-Identifier: MIT */
#include <unistd.h>

#include "cli/attach/attachment_internal.h"
#include "cli/attach/inject.h"
#include "cli/attach/lock.h"
#include "cli/attach/preflight.h"
#include "cli/attach/snippet.h"
#include "cli/attach/telling.h"
#include "cli/error.h"
#include "cli/install.h"

#define CONTROL "control"
#define COMPLAINT "complaint"

enum {
    EAGER_MS = 2,
    PATIENT_MS = 20,
    LONG_MS = 60000,
    EAGER_STEPS = 100,
    BEGIN_US = 1500000, /* by then it is traced, or waits for an event of its own */
    ENABLE_US = 8000000,
    REACH_US = 10000000, /* a recording of less is not begun later than this */
    WAKE_PAUSE_US = 20000,
    SETTLE_US =
        10000, /* between its first event's being enabled and its session's; twice that if it was not enough */
    DETACH_US = 2000000,
    FIRST_WORD_US = 1000000,
};

/* ---- what we hear ---- */

/* Sleeps, unless the target ends or we are told to stop. */
static void doze(struct attachment *attachment, int milliseconds)
{
    lookout_doze(&attachment->lookout, milliseconds);
    if (attachment->lookout.ended)
        attachment->phase = ATTACHMENT_OVER;
}

static enum control_state read_state(const struct attachment *attachment, struct control_process *ret_process)
{
    guint32 pid = (guint32)attachment->target->status.inner_pid;
    *ret_process = (struct control_process){.pid = pid};
    control_file_process(attachment->control, pid, ret_process);
    return ret_process->state;
}

/* ---- what we say ---- */

static gboolean call_agent(struct attachment *attachment, const char *function, GError **error)
{
    const struct inject_folder folder = {attachment->meeting.ours, attachment->meeting.theirs};
    g_autofree char *control = meeting_theirs(&attachment->meeting, CONTROL);
    g_autofree char *complaint = meeting_theirs(&attachment->meeting, COMPLAINT);
    const struct snippet_call call = {.process = attachment->target->status.inner_pid,
                                      .library = attachment->library,
                                      .function = function,
                                      .may_wait = attachment->wishes.wait && !attachment->wishes.in_vain,
                                      .control = control,
                                      .complaint = complaint};
    g_autofree char *body = snippet_call_agent(&call);
    struct inject_result result = {0};
    if (!attach_inject(attachment->target, body, &folder, &result, error))
        return FALSE;
    attachment->stopped_us += result.stopped_us;
    attachment->stops += result.attempts;
    return TRUE;
}

/* ---- from queued to traced ---- */

static void refuse(struct attachment *attachment, const char *why)
{
    attachment->phase = ATTACHMENT_OVER;
    if (!attachment->refusal)
        cli_fail(&attachment->refusal, "%s: %s", attachment->name, why);
}

static void call_or_refuse(struct attachment *attachment, const char *function)
{
    if (attachment->refusal || call_agent(attachment, function, &attachment->refusal))
        return;
    attachment->phase = ATTACHMENT_OVER;
}

static void become_armed(struct attachment *attachment)
{
    if (attachment->wishes.preloaded) {
        attachment->phase = attachment->hooked ? ATTACHMENT_ARMED : ATTACHMENT_TRACED;
        return;
    }
    attachment->phase = ATTACHMENT_ARMED;
    attachment->hooked = TRUE;
    call_or_refuse(attachment, "arm");
}

/* Loaded, but not armed before LTTng records: it lets events through one kind after the other, and then the
 * session itself, and what the agent says first must not be lost. */
static void arm_when_enabled(struct attachment *attachment)
{
    gint64 now = g_get_monotonic_time();
    if (attach_agent_enabled(attachment->target)) {
        if (!attachment->enabled_us)
            attachment->enabled_us = now;
        if (now < attachment->enabled_us + attachment->settle_us)
            return;
        become_armed(attachment);
    } else if (now > attachment->loaded_us + ENABLE_US) {
        attach_inspect_agent(attachment->target);
        refuse(attachment,
               !attachment->target->agent ? ATTACH_OTHER_PROGRAM
               : attachment->target->status.seccomp
                   ? "LTTng does not enable its events: see whether its seccomp filter forbids sockets or threads"
                   : "LTTng does not enable its events: see whether its /dev/shm is full, and whether its "
                     "LTTng-UST is of the version that the session daemon has");
    } else if (now >= attachment->wake_us) {
        attach_wake_lttng(attachment->target);
        attachment->wake_us = now + WAKE_PAUSE_US;
    }
}

static void look_for_agent(struct attachment *attachment)
{
    attach_inspect_agent(attachment->target);
    if (!attachment->target->enabled)
        return;
    attachment->phase = ATTACHMENT_LOADED;
    attachment->loaded_us = g_get_monotonic_time();
    attachment->settle_us = SETTLE_US;
    attachment->wake_us = attachment->loaded_us + WAKE_PAUSE_US;
    if (attachment->wishes.preloaded && attachment->wishes.more) {
        /* its events begin by themselves: what more is wanted must be said before */
        attachment->hooked = TRUE;
        call_or_refuse(attachment, "arm");
    }
}

/* The session had not begun after all: LTTng's threads get little of a busy machine. */
static void arm_later(struct attachment *attachment)
{
    if (g_get_monotonic_time() > attachment->loaded_us + ENABLE_US) {
        refuse(attachment, "its events were switched off while it was being attached to; try again");
        return;
    }
    control_file_forget(attachment->control, (guint32)attachment->target->status.inner_pid);
    attachment->phase = ATTACHMENT_LOADED;
    attachment->enabled_us = 0;
    attachment->settle_us *= 2;
}

static void await_slot(struct attachment *attachment)
{
    struct control_process process;
    enum control_state state = read_state(attachment, &process);
    if (state == CONTROL_TRACED)
        attachment->phase = ATTACHMENT_TRACED;
    else if (state == CONTROL_REFUSED)
        refuse(attachment, process.note);
    else if (state == CONTROL_NOT_ENABLED)
        arm_later(attachment);
}

static void step(struct attachment *attachment)
{
    static void (*const steps[])(struct attachment *) = {
        [ATTACHMENT_QUEUED] = look_for_agent,
        [ATTACHMENT_LOADED] = arm_when_enabled,
        [ATTACHMENT_ARMED] = await_slot,
    };
    if (attachment->phase >= ATTACHMENT_TRACED)
        return;
    g_autofree char *complaint = meeting_read(&attachment->meeting, COMPLAINT);
    if (complaint)
        refuse(attachment, complaint);
    else
        steps[attachment->phase](attachment);
}

/* ---- begin ---- */

static gboolean choose_target(struct attachment *attachment, pid_t pid, GError **error)
{
    if (!attach_inspect(pid, &attachment->target, error) || !attach_preflight(attachment->target, error))
        return FALSE;
    attachment->name = attach_target_name(attachment->target);
    attachment->library = install_library(CONTROL_AGENT_LIBRARY, error);
    attachment->lock = attachment->library ? attach_lock(pid, error) : -1;
    if (attachment->lock < 0) {
        g_prefix_error(error, "%s ", attachment->name);
        return FALSE;
    }
    return lookout_watch(&attachment->lookout, pid) || cli_fail(error, "%s has ended", attachment->name);
}

static gboolean make_control(struct attachment *attachment, GError **error)
{
    const struct control_file_settings settings = session_control_settings(attachment->session);
    g_autofree char *control = meeting_ours(&attachment->meeting, CONTROL);
    attachment->control = control_file_create(control, error);
    if (!attachment->control)
        return FALSE;
    control_file_configure(attachment->control, &settings);
    session_use_control(attachment->session, control);
    return meeting_give(&attachment->meeting, attachment->target, CONTROL, error);
}

/* The session's keeper is told of the folder before it is there: should we be killed, it removes it. */
static gboolean prepare(struct attachment *attachment, const struct session_options *options, GError **error)
{
    struct session_options session = *options;
    g_auto(GStrv) arguments = proc_arguments(attachment->target->pid);
    if (!meeting_choose(attachment->target, &attachment->meeting, error))
        return FALSE;
    session.shared = true;
    session.stream_program = arguments;
    session.only_pid = (int)attachment->target->pid; /* LTTng's daemon knows it by our number, too */
    session.litter = attachment->meeting.litter;
    attachment->per_process = options->per_process;
    attachment->sequence = attach_agent_sequence(attachment->target);
    attachment->session = session_start(&session, error);
    return attachment->session && meeting_make(&attachment->meeting, attachment->target, error) &&
           make_control(attachment, error);
}

/* A program that was started with the preload, or attached to before, has the agent already. */
static gboolean call_first(struct attachment *attachment, GError **error)
{
    if (!attachment->target->enabled)
        return call_agent(attachment, "load", error);
    look_for_agent(attachment);
    return TRUE;
}

static gboolean not_refused(struct attachment *attachment, GError **error)
{
    if (!attachment->refusal)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&attachment->refusal));
    return FALSE;
}

static void step_until(struct attachment *attachment, gint64 until)
{
    for (guint steps = 0; attachment->phase < ATTACHMENT_TRACED && !attachment->lookout.told_to_stop; steps++) {
        if (g_get_monotonic_time() >= until)
            return;
        doze(attachment, steps < EAGER_STEPS ? EAGER_MS : PATIENT_MS);
        step(attachment);
    }
    if (attachment->phase == ATTACHMENT_TRACED)
        attach_await_told(attachment->target, &attachment->lookout);
}

static gboolean begin(struct attachment *attachment, pid_t pid, const struct session_options *options,
                      GError **error)
{
    if (!lookout_begin(&attachment->lookout, error) || !choose_target(attachment, pid, error) ||
        !attach_wishes_find(&attachment->wishes, options, attachment->target, attachment->name, error) ||
        !prepare(attachment, options, error) || !call_first(attachment, error))
        return FALSE;
    step_until(attachment, g_get_monotonic_time() + BEGIN_US);
    return not_refused(attachment, error);
}

struct attachment *attachment_begin(pid_t pid, const struct session_options *options, GError **error)
{
    struct attachment *attachment = g_new0(struct attachment, 1);
    attachment->lock = -1;
    if (begin(attachment, pid, options, error))
        return attachment;
    attachment_free(attachment);
    return NULL;
}

/* ---- while it lasts ---- */

/* The end of a time from now on; < 0: never. */
static gint64 deadline(gint64 time_us)
{
    return time_us < 0 ? G_MAXINT64 : g_get_monotonic_time() + time_us;
}

static gboolean ended_unrecorded(const struct attachment *attachment)
{
    struct control_process process;
    return attachment->lookout.ended && !attachment->wishes.preloaded &&
           read_state(attachment, &process) != CONTROL_TRACED;
}

gboolean attachment_wait(struct attachment *attachment, gint64 duration_us, GError **error)
{
    step_until(attachment, deadline(duration_us < 0 ? -1 : MAX(duration_us, REACH_US)));
    const gint64 until = deadline(attachment->phase == ATTACHMENT_TRACED ? duration_us : 0);
    while (!attachment->lookout.told_to_stop && attachment->phase != ATTACHMENT_OVER) {
        gint64 left = until - g_get_monotonic_time();
        if (left <= 0)
            break;
        doze(attachment, (int)MIN((left + 999) / 1000, LONG_MS));
    }
    if (!attachment->refusal && ended_unrecorded(attachment))
        return cli_fail(error, "%s ended before it could be recorded", attachment->name);
    return not_refused(attachment, error);
}

/* ---- end ---- */

static gboolean await_detached(struct attachment *attachment)
{
    struct control_process process;
    gint64 until = g_get_monotonic_time() + DETACH_US;
    for (guint steps = 0; !attachment->lookout.ended && g_get_monotonic_time() < until; steps++) {
        if (read_state(attachment, &process) == CONTROL_DETACHED)
            return TRUE;
        doze(attachment, steps < EAGER_STEPS ? EAGER_MS : PATIENT_MS);
    }
    return attachment->lookout.ended;
}

static gboolean has_begun_to_tell(const struct attachment *attachment)
{
    return attach_agent_sequence(attachment->target) != attachment->sequence ||
           attach_agent_telling(attachment->target) != 0;
}

/* The call may have come in the middle of what the agent does: then it begins when it is through with that. */
static void await_first_word(struct attachment *attachment)
{
    const gint64 until = g_get_monotonic_time() + FIRST_WORD_US;
    while (!has_begun_to_tell(attachment) && !attachment->lookout.ended && g_get_monotonic_time() < until)
        doze(attachment, EAGER_MS);
}

/* A preloaded program begins at its loop's next turn, which may be far off. */
static gboolean announce(struct attachment *attachment, GError **error)
{
    if (!has_begun_to_tell(attachment)) {
        if (!call_agent(attachment, "look", error))
            return FALSE;
        if (!await_detached(attachment))
            return cli_fail(error, "%s did not announce its tasks", attachment->name);
        await_first_word(attachment);
    }
    attach_await_told(attachment->target, &attachment->lookout);
    return TRUE;
}

gboolean attachment_await_traced(struct attachment *attachment, gint64 most_us, GError **error)
{
    step_until(attachment, g_get_monotonic_time() + most_us);
    if (!not_refused(attachment, error))
        return FALSE;
    if (attachment->phase == ATTACHMENT_TRACED)
        return !attachment->wishes.preloaded || announce(attachment, error);
    if (attachment->lookout.ended)
        return cli_fail(error, "%s has ended", attachment->name);
    if (attachment->lookout.told_to_stop)
        return cli_fail(error, "%s: interrupted before its tasks were known", attachment->name);
    return cli_fail(
        error,
        "%s has not reached Python code: its main thread is in a long call outside of Python; scopetrace "
        "doctor %d says in which, and attach waits for its end",
        attachment->name, (int)attachment->target->pid);
}

static void add_notice(GPtrArray *notices, char *notice)
{
    if (notices)
        g_ptr_array_add(notices, notice);
    else
        g_free(notice);
}

static void disarm(struct attachment *attachment, GPtrArray *notices)
{
    g_autoptr(GError) error = NULL;
    doze(attachment, 0);
    if (attachment->lookout.ended)
        return;
    if (attachment->wishes.preloaded && attachment->phase == ATTACHMENT_TRACED && !announce(attachment, &error))
        add_notice(notices, g_strdup(error->message));
    if (!attachment->hooked) {
        if (attachment->phase == ATTACHMENT_QUEUED)
            attach_withdraw(attachment->target); /* a pending call finds the control file gone and does nothing */
        return;
    }
    attachment->hooked = FALSE;
    if (!call_agent(attachment, "disarm", &error))
        add_notice(notices, g_strdup_printf("the hooks could not be taken out: %s", error->message));
    else if (!await_detached(attachment))
        add_notice(notices, g_strdup("the hooks are still in place, inert: they go when the program next "
                                     "reaches Python code"));
}

/* The session's own file stays empty: the target writes into that of the meeting. */
static void take_census(const struct attachment *attachment, struct session_result *result)
{
    struct control_process process;
    if (attachment->lookout.ended && read_state(attachment, &process) == CONTROL_TRACED)
        control_census_add_ended(&result->census, &process, !attachment->per_process);
}

gboolean attachment_end(struct attachment *attachment, struct session_result *ret_result, GPtrArray *notices,
                        GError **error)
{
    disarm(attachment, notices);
    attach_wishes_explain(&attachment->wishes, notices);
    if (attachment->lookout.ended)
        g_ptr_array_add(notices, g_strdup_printf("%s ended while it was being recorded", attachment->name));
    attachment->phase = ATTACHMENT_OVER;
    const gboolean stopped = session_stop(attachment->session, ret_result, error);
    take_census(attachment, ret_result);
    for (guint index = 0; index < ret_result->census.sentences->len; index++)
        g_ptr_array_add(notices, g_strdup(ret_result->census.sentences->pdata[index]));
    return stopped;
}

void attachment_free(struct attachment *attachment)
{
    if (!attachment)
        return;
    if (attachment->control)
        disarm(attachment, NULL);
    session_free(attachment->session);
    meeting_clear(&attachment->meeting);
    control_file_free(attachment->control);
    if (attachment->lock >= 0)
        close(attachment->lock);
    lookout_end(&attachment->lookout);
    attach_target_free(attachment->target);
    g_clear_error(&attachment->refusal);
    g_free(attachment->name);
    g_free(attachment->library);
    g_free(attachment);
}
