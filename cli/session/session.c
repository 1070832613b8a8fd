/* SPDX-License-Identifier: MIT */
#include "cli/session/session.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/error.h"
#include "cli/install.h"
#include "cli/recovery/recovery.h"
#include "cli/session/daemon_ways.h"
#include "cli/session/folder.h"
#include "cli/session/keeper_line.h"
#include "cli/session/patience.h"
#include "cli/session/relay.h"
#include "cli/session/safekeeping.h"
#include "cli/session/stream_name.h"

#define END_MS 3000u
#define END_STEP_MS 50u
/* In the session's folder. */
#define CONTROL "control"

struct session {
    struct session_options options;
    struct flight_options flight; /* that options point to */
    struct buffers buffers;
    char *daemon, *folder, *trace, *control_path, *description;
    char *safe, *live; /* the folder of the trace buffers, and LTTng's part of it */
    char *name;        /* of LTTng's session, in a daemon that is not ours alone; else NULL */
    char *written;     /* the folder that the daemon writes to */
    bool unsaved;      /* the buffers hold what the trace lacks: it may still be recovered */
    struct control_file *control;
    struct relay *relay; /* NULL: the trace is not streamed */
    char *stream_name, *stream_url, *stream_place;
    char *stream_buffers; /* their folder; NULL: nobody need know */
    pid_t daemons;        /* their process group; 0: they are not ours */
    struct keeper_line line;
    pid_t command; /* this process */
};

/* ---- in the keeper, so that what is made has somebody who removes it ---- */

static gboolean make_places(struct session *session, GError **error)
{
    session->folder = folder_create(error);
    if (!session->folder)
        return FALSE;
    if (!session->trace) {
        session->trace = g_build_filename(session->folder, "trace", NULL);
        if (mkdir(session->trace, 0755) != 0)
            return cli_fail(error, "%s: %s", session->trace, g_strerror(errno));
    }
    g_autofree char *path = g_build_filename(session->folder, CONTROL, NULL);
    session->control = control_file_create(path, error);
    return session->control != NULL;
}

static gboolean plan_buffers(struct session *session, GError **error)
{
    const bool scarce = buffers_free_bytes(BUFFERS_MEMORY_FOLDER) < BUFFERS_LEAST_MEMORY;
    const struct buffers_request request = {.per_process = session->options.per_process,
                                            .generous = session->options.lossless,
                                            .wanted_bytes = session->options.buffer_size,
                                            .sessions =
                                                session->options.stream && !session->options.stream_alone ? 2 : 1,
                                            .own_memory = scarce && daemon_namespace_possible()};
    const struct flight_options *flight = session->options.flight;
    return flight ? buffers_plan_ring(flight->bytes, &session->buffers, error)
                  : buffers_plan(&request, session->folder, &session->buffers, error);
}

/* On disk where memory has no room for them. */
static gboolean place_buffers(struct session *session, GError **error)
{
    const bool own = session->options.trace_folder != NULL;
    session->safe =
        safekeeping_create(session->buffers.on_disk ? session->folder : NULL, own ? session->trace : NULL, error);
    if (!session->safe)
        return FALSE;
    session->live = safekeeping_live(session->safe);
    if (session->relay && session->buffers.on_disk)
        session->stream_buffers = g_build_filename(session->safe, "stream", NULL);
    return TRUE;
}

static struct recording_plan plan_recording(const struct session *session)
{
    const struct recording_plan plan = {.buffer_folder = session->live,
                                        .buffers = session->buffers,
                                        .session = session->name,
                                        .only_pid = session->options.only_pid,
                                        .per_process = session->options.per_process,
                                        .blocking = session->options.lossless,
                                        .ring = session->options.flight != NULL};
    return plan;
}

/* Where it is asked to be read out, by name. */
static gboolean plan_flight(const struct session *session, struct flight_plan *plan, GError **error)
{
    const struct flight_options *flight = session->options.flight;
    *plan = (struct flight_plan){.listener = -1, .owner = geteuid(), .command = session->command};
    if (!flight)
        return TRUE;
    g_strlcpy(plan->name, flight->name, sizeof plan->name);
    plan->listener = flight_listen(session->safe, error);
    return plan->listener >= 0;
}

static struct recording_plan plan_stream(const struct session *session)
{
    const struct recording_plan plan = {.relay = session->stream_url,
                                        .buffer_folder = session->stream_buffers,
                                        .buffers = session->buffers,
                                        .session = session->stream_name,
                                        .only_pid = session->options.only_pid,
                                        .blocking = session->options.lossless};
    return plan;
}

static gboolean prepare(struct keeper_plan *plan, void *data, GError **error)
{
    struct session *session = data;
    const gboolean made =
        make_places(session, error) && plan_buffers(session, error) && place_buffers(session, error);
    *plan = (struct keeper_plan){
        .daemon = session->daemon,
        .folder = session->folder,
        .output = session->trace,
        .litter = session->options.litter,
        .buffers = session->safe,
        .recoverable = session->options.trace_folder != NULL,
        .shared = session->options.shared,
        .recording = plan_recording(session),
        .relay = session->relay,
        .stream_alone = session->options.stream_alone,
        .stream = plan_stream(session),
        .control = session->options.shared ? NULL : session->control,
        .flight = {.listener = -1},
        .rotation = session->options.rotation,
    };
    return made && plan_flight(session, &plan->flight, error);
}

/* ---- in the command ---- */

/* Nothing is started for a relay that is not there. */
static gboolean prepare_stream(struct session *session, GError **error)
{
    const struct session_options *options = &session->options;
    if (!options->stream)
        return TRUE;
    session->relay = relay_parse(options->stream, error);
    if (!session->relay || !relay_reach(session->relay, error))
        return FALSE;
    session->stream_name = stream_name(options->stream_program);
    session->stream_url = relay_session_url(session->relay, session->stream_name);
    session->stream_place = g_strdup_printf("%s/%s%s at %s", g_get_host_name(), session->relay->path,
                                            session->stream_name, session->relay->url);
    return TRUE;
}

/* What the keeper has made. */
static gboolean take_places(struct session *session, const struct keeper_reply *reply, GError **error)
{
    session->control_path = g_build_filename(reply->folder, CONTROL, NULL);
    session->safe = g_strdup(reply->safe);
    session->buffers = reply->buffers;
    session->daemons = (pid_t)reply->daemons;
    session->written = g_strdup(reply->output);
    if (!session->trace)
        session->trace = g_strdup(reply->output);
    session->control = control_file_open(session->control_path, error);
    return session->control != NULL;
}

static bool is_rotated(const struct session_options *options)
{
    return options->rotation.bytes || options->rotation.period_us;
}

struct control_file_settings session_control_settings(const struct session *session)
{
    const struct session_options *options = &session->options;
    struct control_file_settings settings = {
        .flags = (options->lazy_scopes ? CONTROL_LAZY_SCOPES : 0u) |
                 (options->native_stacks ? CONTROL_NATIVE_STACK : 0u) |
                 (options->lossless ? CONTROL_BLOCKING : 0u) |
                 (options->flight || is_rotated(options) ? CONTROL_AGAIN : 0u),
        .lttng_home = "",
        .lttng_app_path = "",
        .classes = options->classes,
    };
    if (options->flight) {
        settings.ring_bytes = (uint32_t)MIN(buffers_ring(&session->buffers), G_MAXUINT32);
        memcpy(settings.alarms, options->flight->alarms, sizeof settings.alarms);
    }
    return settings;
}

static void configure(const struct session *session, const struct keeper_reply *reply)
{
    struct control_file_settings settings = session_control_settings(session);
    settings.lttng_home = reply->lttng_home;
    settings.lttng_app_path = reply->lttng_app_path;
    control_file_configure(session->control, &settings);
}

static gboolean await_ready(struct session *session, GError **error)
{
    g_autofree struct keeper_reply *reply = g_new0(struct keeper_reply, 1);
    const gboolean ready = keeper_line_hear(&session->line, reply, error);
    /* a keeper that has given up root's rights cannot remove it */
    if (*reply->folder)
        session->folder = g_strdup(reply->folder);
    if (!ready || !take_places(session, reply, error))
        return FALSE;
    configure(session, reply);
    session->description = g_strdup_printf(
        "session daemon by %s; %u buffers of %" G_GUINT64_FORMAT " kB per CPU%s", reply->way,
        session->buffers.number, session->buffers.bytes / 1024, session->buffers.on_disk ? ", on disk" : "");
    return TRUE;
}

void session_use_control(const struct session *session, const char *path)
{
    keeper_line_give_control(&session->line, path);
}

static gboolean start(struct session *session, GError **error)
{
    session->daemon = install_session_daemon(error);
    session->command = getpid();
    return session->daemon && prepare_stream(session, error) &&
           keeper_line_open(&session->line, prepare, session, error) && await_ready(session, error);
}

struct session *session_start(const struct session_options *options, GError **error)
{
    struct session *session = g_new0(struct session, 1);
    session->options = *options;
    if (options->flight) {
        session->flight = *options->flight;
        session->options.flight = &session->flight;
    }
    session->line.socket = -1;
    if (options->trace_folder)
        session->trace = g_canonicalize_filename(options->trace_folder, NULL);
    if (options->shared)
        session->name = g_strdup_printf("scopetrace-%d", (int)getpid());
    if (start(session, error))
        return session;
    session_free(session);
    return NULL;
}

const char *session_control_path(const struct session *session)
{
    return session->control_path;
}

const char *session_trace_path(const struct session *session)
{
    return session->trace;
}

const char *session_description(const struct session *session)
{
    return session->description;
}

const char *session_stream(const struct session *session)
{
    return session->stream_place;
}

static char *stream_loss(const char *place)
{
    return g_strdup_printf("the stream to %s broke off: what came after is not there", place);
}

const struct buffers *session_buffers(const struct session *session)
{
    return &session->buffers;
}

char *session_advice(const struct session *session)
{
    return buffers_advice(&session->buffers);
}

/* A daemon of another user could not write to the folder that the user chose. */
static gboolean fetch_trace(struct session *session, GError **error)
{
    if (g_str_equal(session->written, session->trace))
        return TRUE;
    if (folder_move_entries(session->written, session->trace, error))
        return TRUE;
    g_prefix_error(error, "trace: ");
    return FALSE;
}

/* The consumer died, and its daemon did not mind. */
static bool is_short(const struct session *session)
{
    g_autofree char *kept = safekeeping_kept(session->safe);
    return recovery_is_needed(kept, session->written);
}

/* Daemons whose keeper died end in order by themselves, which takes a moment. */
static void await_daemons_end(const struct session *session)
{
    struct patience patience = patience_begin(session->daemons, END_MS);
    while (safekeeping_is_locked(session->safe) && patience_lasts(&patience))
        g_usleep(END_STEP_MS * 1000);
}

/* Gets out of the buffers what the daemon did not deliver. FALSE: nothing. */
static gboolean salvage(struct session *session, bool keeper_died, GError **error)
{
    g_autofree char *kept = safekeeping_kept(session->safe);
    if (keeper_died)
        await_daemons_end(session);
    if (keeper_died && !recovery_is_needed(kept, session->written))
        return TRUE;
    if (folder_is_empty(kept))
        return TRUE; /* no process ever had a buffer */
    return recovery_run(kept, session->written, error);
}

/* Less than LTTng or lttng-crash write at once. */
#define FULL_BYTES (64u << 10)

#define FULL_DISK(is)                                                                                             \
    ": the disk is full: the end of the trace " is " missing; free some space, or give --trace-dir another "      \
    "folder"

/* wrong: what went wrong already, which stays what is said first; NULL: the daemon was only late. */
static gboolean salvage_after(struct session *session, const GError *wrong, bool keeper_died, GError **error)
{
    g_autoptr(GError) trouble = NULL;
    if (salvage(session, keeper_died, &trouble))
        return TRUE;
    const char *first = wrong ? wrong->message : "", *then = wrong ? "; " : "";
    const char *trace = session_trace_path(session);
    if (buffers_free_bytes(trace) < FULL_BYTES)
        return cli_fail(error, "%s%s%s" FULL_DISK("is"), first, then, trace);
    return cli_fail(error, "%s; %s",
                    wrong ? first
                          : "LTTng did not deliver everything in time: the end of the trace may be missing",
                    trouble->message);
}

gboolean session_stop(struct session *session, struct session_result *ret, GError **error)
{
    g_autofree struct keeper_reply *reply = g_new0(struct keeper_reply, 1);
    g_autoptr(GError) wrong = NULL;
    const gboolean stopped = keeper_line_stop(&session->line, reply, &wrong);
    const bool keeper_died = !stopped && !reply->failed;
    ret->census = control_file_census(session->control, !session->options.per_process);
    ret->stream_lost = session->relay && (keeper_died || reply->stream_lost);
    ret->discarded_events = reply->counts.discarded_events;
    ret->lost_packets = reply->counts.lost_packets;
    if (ret->census.untraced && *reply->complaint)
        g_ptr_array_add(ret->census.sentences, g_strdup_printf("the session daemon said: %s", reply->complaint));
    if (ret->stream_lost)
        g_ptr_array_add(ret->census.sentences, stream_loss(session->stream_place));
    if (session->options.stream_alone) {
        if (wrong)
            g_propagate_error(error, g_steal_pointer(&wrong));
        return stopped;
    }
    if (*reply->remarks)
        g_ptr_array_add(ret->census.sentences, g_strdup(reply->remarks));
    /* The buffers of a flight recorder hold what it has been read out for already. */
    const bool missing = !stopped || reply->broken || (!session->options.flight && is_short(session));
    if (missing && !salvage_after(session, wrong, keeper_died, error)) {
        session->unsaved = session->options.trace_folder != NULL;
        return FALSE;
    }
    if (stopped && missing)
        g_ptr_array_add(ret->census.sentences,
                        g_strdup("LTTng's consumer daemon died or was late: the end of the trace "
                                 "was taken from the trace buffers"));
    if (!fetch_trace(session, error))
        return FALSE;
    /* its consumer loses what it cannot write, and does not say so */
    if (folder_is_full(session_trace_path(session)))
        g_ptr_array_add(ret->census.sentences,
                        g_strdup_printf("%s" FULL_DISK("may be"), session_trace_path(session)));
    if (wrong)
        g_propagate_error(error, g_steal_pointer(&wrong));
    return stopped;
}

void session_free(struct session *session)
{
    if (!session)
        return;
    keeper_line_close(&session->line);
    if (session->safe && !session->unsaved)
        safekeeping_remove(session->safe);
    if (session->folder)
        folder_remove(session->folder);
    control_file_free(session->control);
    g_free(session->daemon);
    g_free(session->folder);
    g_free(session->safe);
    g_free(session->live);
    g_free(session->trace);
    g_free(session->written);
    g_free(session->name);
    g_free(session->stream_name);
    g_free(session->stream_url);
    g_free(session->stream_place);
    g_free(session->stream_buffers);
    relay_free(session->relay);
    g_free(session->control_path);
    g_free(session->description);
    g_free(session);
}
