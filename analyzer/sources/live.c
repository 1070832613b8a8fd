/* SPDX-License-Identifier: MIT */
/*
 * The source of live sessions: which of them are read, how long, and what ends the reading. Each is read by
 * itself: the events of different sessions are not merged, since no process is in two of them.
 */
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "analyzer/sources/babeltrace/live.h"
#include "analyzer/sources/source.h"
#include "analyzer/sources/viewer_proxy.h"

/* Of sessions that scopetrace --stream makes. */
#define OUR_PREFIX "scopetrace-"
#define HOST_PART "/host/"
#define USUAL_PORT "5344"
#define IDLE_US 40000
/* Between two looks at which sessions there are. */
#define LOOK_US (G_USEC_PER_SEC / 4)
/* A session that is read up to the present is there when nothing came for so long, at least. */
#define QUIET_US (2 * G_USEC_PER_SEC)
/* A relay that does not answer for so long is gone. */
#define PATIENCE_US (10 * G_USEC_PER_SEC)

static const char *const schemes[] = {"net://", "net4://", "net6://"};

/* A session that is read. */
struct followed {
    struct live_reader *reader;
    char *name;      /* "HOST/NAME" */
    gint64 event_us; /* of the last event; when it was attached to, before that */
    bool listed;     /* at the last look */
};

struct live {
    const char *path;
    char *host, *port; /* of the relay */
    struct viewer_proxy *proxy;
    char *relay;      /* the URL of the relay, through the proxy */
    const char *only; /* "HOST/NAME" of the path; NULL: all of ours */
    struct babeltrace *babeltrace;
    struct babeltrace_client client;
    const struct source_follow *follow;
    GPtrArray *sessions;      /* struct followed * */
    struct followed *current; /* whose events come */
    GHashTable *known;        /* char *: "HOST/NAME" of those that were attached to */
    GHashTable *busy;         /* char *: of those that somebody else views */
    guint told;               /* of the notes: those that were said, or came before */
    gint64 begun_us, looked_us, event_us;
    gint64 quiet_us; /* QUIET_US, or more where sessions send rarely */
    uint64_t begun_ns, newest_ns;
    event_handler handler;
    void *context;
};

/* ---- signals ---- */

static volatile sig_atomic_t caught;
static struct viewer_proxy *volatile connected;

/* SIGALRM: a call has taken too long. It is the only way to end it. */
static void take_signal(int number)
{
    caught = number;
    if (connected)
        viewer_proxy_cut(connected);
}

struct signals {
    struct sigaction interrupt, terminate, alarm;
};

/* Without SA_RESTART: calls shall return. Only who follows has an end by Ctrl-C. */
static void signals_catch(struct signals *old, bool following)
{
    const struct sigaction action = {.sa_handler = take_signal};
    caught = 0;
    sigaction(SIGINT, following ? &action : NULL, &old->interrupt);
    sigaction(SIGTERM, following ? &action : NULL, &old->terminate);
    sigaction(SIGALRM, &action, &old->alarm);
}

static void set_alarm(gint64 after_us)
{
    const struct itimerval term = {
        .it_value = {.tv_sec = after_us / G_USEC_PER_SEC, .tv_usec = after_us % G_USEC_PER_SEC}};
    setitimer(ITIMER_REAL, &term, NULL);
}

static void signals_restore(const struct signals *old)
{
    set_alarm(0);
    sigaction(SIGINT, &old->interrupt, NULL);
    sigaction(SIGTERM, &old->terminate, NULL);
    sigaction(SIGALRM, &old->alarm, NULL);
}

/* ---- URLs ---- */

static gboolean live_recognizes(const char *path)
{
    for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++)
        if (g_str_has_prefix(path, schemes[i]))
            return TRUE;
    return FALSE;
}

static gboolean bad_url(const char *path, GError **error)
{
    g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_UNREADABLE,
                "%s: is not the URL of a live session; write net://HOST[:PORT][/host/HOSTNAME/SESSION]", path);
    return FALSE;
}

/* HOSTNAME/SESSION */
static bool is_session(const char *text)
{
    const char *slash = strchr(text, '/');
    return slash && slash != text && slash[1] && !strchr(slash + 1, '/');
}

/* HOST[:PORT], an IPv6 address in brackets. Returns what follows; NULL: nothing of that shape. */
static const char *split_relay(struct live *live, const char *text)
{
    const bool bracketed = *text == '[';
    const size_t length = strcspn(text + bracketed, bracketed ? "]" : ":/");
    const char *rest = text + bracketed + length;
    live->host = g_strndup(text + bracketed, length);
    if (!length || (bracketed && *rest++ != ']'))
        return NULL;
    const size_t digits = *rest == ':' ? strspn(rest + 1, "0123456789") : 0;
    if (*rest == ':' && (!digits || g_ascii_strtoull(rest + 1, NULL, 10) > UINT16_MAX))
        return NULL;
    live->port = digits ? g_strndup(rest + 1, digits) : g_strdup(USUAL_PORT);
    return rest + (digits ? digits + 1 : 0);
}

/* net://HOST[:PORT][/host/HOSTNAME/SESSION] */
static gboolean split(struct live *live, const char *path, GError **error)
{
    const char *rest = split_relay(live, strstr(path, "://") + 3);
    live->path = path;
    if (rest && g_str_has_prefix(rest, HOST_PART))
        live->only = rest + strlen(HOST_PART);
    return rest && (live->only ? is_session(live->only) : g_str_equal(rest, "") || g_str_equal(rest, "/"))
               ? TRUE
               : bad_url(path, error);
}

/* ---- sessions ---- */

static void say(const struct live *live, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void say(const struct live *live, const char *format, ...)
{
    if (!live->follow)
        return;
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *sentence = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    live->follow->say(live->follow->context, sentence);
}

static bool is_wanted(const struct live *live, const struct live_session *session, const char *name)
{
    if (g_hash_table_contains(live->known, name))
        return false;
    return live->only ? g_str_equal(live->only, name) : g_str_has_prefix(session->name, OUR_PREFIX);
}

static void followed_free(gpointer data)
{
    struct followed *followed = data;
    live_close(followed->reader);
    g_free(followed->name);
    g_free(followed);
}

static gboolean attach(struct live *live, const struct live_session *session, const char *name, GError **error)
{
    g_autofree char *url = g_strconcat(live->relay, HOST_PART, name, NULL);
    g_autoptr(GError) cause = NULL;
    struct live_reader *reader = live_open(live->babeltrace, url, name, &live->client, &cause);
    g_hash_table_add(live->known, g_strdup(name));
    if (!reader && live->only) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_UNREADABLE, "%s: cannot be read: %s" SOURCE_AT_RELAY,
                    live->path, cause->message);
        return FALSE;
    }
    if (!reader) {
        source_note(live->client.notes, "%s", cause->message);
        return TRUE;
    }
    struct followed *followed = g_new(struct followed, 1);
    *followed = (struct followed){reader, g_strdup(name), g_get_monotonic_time(), true};
    g_ptr_array_add(live->sessions, followed);
    live->quiet_us = MAX(live->quiet_us, (gint64)MIN(session->timer_us, 20 * G_USEC_PER_SEC) * 3);
    say(live, "watching %s", name);
    return TRUE;
}

/* LTTng has one viewer a session. */
static gboolean is_busy(struct live *live, const struct live_session *session, const char *name, GError **error)
{
    if (!session->viewers)
        return FALSE;
    if (live->only)
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_UNREADABLE,
                    "%s: somebody else views it already, and LTTng lets one at a time", live->path);
    else if (g_hash_table_add(live->busy, g_strdup(name)))
        say(live, "somebody else views %s already, and LTTng lets one at a time", name);
    return TRUE;
}

static void note_listed(const struct live *live, const char *name)
{
    for (guint i = 0; i < live->sessions->len; i++) {
        struct followed *followed = g_ptr_array_index(live->sessions, i);
        followed->listed |= g_str_equal(followed->name, name);
    }
}

static void forget_listed(const struct live *live)
{
    for (guint i = 0; i < live->sessions->len; i++)
        ((struct followed *)g_ptr_array_index(live->sessions, i))->listed = false;
}

static gboolean look(struct live *live, GError **error)
{
    live->looked_us = g_get_monotonic_time();
    g_autoptr(GError) cause = NULL;
    g_autoptr(GPtrArray) sessions = live_sessions(live->babeltrace, live->relay, &cause);
    if (!sessions) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_UNREADABLE, "%s: no relay daemon answers viewers there",
                    live->path);
        return FALSE;
    }
    forget_listed(live);
    for (guint i = 0; i < sessions->len; i++) {
        const struct live_session *session = g_ptr_array_index(sessions, i);
        g_autofree char *name = g_strconcat(session->host, "/", session->name, NULL);
        note_listed(live, name);
        if (!is_wanted(live, session, name))
            continue;
        const gboolean failed =
            is_busy(live, session, name, error) ? live->only != NULL : !attach(live, session, name, error);
        if (failed)
            return FALSE;
    }
    return TRUE;
}

static gboolean connect_relay(struct live *live, GError **error)
{
    const int family = g_str_has_prefix(live->path, "net6")   ? AF_INET6
                       : g_str_has_prefix(live->path, "net4") ? AF_INET
                                                              : 0;
    g_autoptr(GError) cause = NULL;
    connected = live->proxy = viewer_proxy_start(live->host, live->port, family, &cause);
    if (live->proxy) {
        live->relay = g_strdup_printf("net://127.0.0.1:%u", viewer_proxy_port(live->proxy));
        return TRUE;
    }
    g_set_error(
        error, SOURCE_ERROR, SOURCE_ERROR_UNREADABLE,
        "%s: no relay daemon answers viewers there: %s; by itself, lttng-relayd lets only its own machine view: "
        "start it with --live-port=tcp://0.0.0.0:5344",
        live->path, cause->message);
    return FALSE;
}

/* What the user named must be there, unless he wants to wait for it. */
static gboolean look_first(struct live *live, GError **error)
{
    if (!look(live, error))
        return FALSE;
    if (live->sessions->len)
        return TRUE;
    if (live->follow) {
        say(live, "waiting for %s", live->only ? live->only : "a session of scopetrace --stream");
        return TRUE;
    }
    g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_EMPTY,
                "%s: no %s is recorded there now; what is over is in the relay daemon's folder: give that to "
                "scopetrace analyze",
                live->path, live->only ? "such session" : "session of scopetrace --stream");
    return FALSE;
}

/* ---- reading ---- */

static void take_event(void *context, const struct event *event)
{
    struct live *live = context;
    live->current->event_us = live->event_us = g_get_monotonic_time();
    live->newest_ns = MAX(live->newest_ns, event->time_ns);
    live->handler(live->context, event);
}

/* The relay may forget to say so, when a session ends at the wrong moment. */
static bool has_ended(const struct live *live, const struct followed *followed)
{
    return live->follow && !followed->listed && g_get_monotonic_time() - followed->event_us >= QUIET_US;
}

/* Returns false when the session cannot be read on. */
static bool turn(struct live *live, guint index, bool *idle)
{
    const guint notes = live->client.notes->damage->len;
    g_autoptr(GError) error = NULL;
    live->current = g_ptr_array_index(live->sessions, index);
    const enum live_turn result = live_turn(live->current->reader, &error);
    if (caught)
        return true;
    if (error)
        source_note(live->client.notes, "%s", error->message);
    *idle &= result != LIVE_MORE;
    if (result == LIVE_OVER || result == LIVE_FAILED || has_ended(live, live->current))
        g_ptr_array_remove_index(live->sessions, index);
    return live->client.notes->damage->len == notes;
}

/* Where there are others, one that cannot be read is no reason to end: whether the relay is there, a look tells.
 */
static bool turn_all(struct live *live, bool *ret_idle)
{
    bool all_well = true;
    *ret_idle = true;
    for (guint i = live->sessions->len; i-- > 0 && !caught;)
        all_well &= turn(live, i, ret_idle);
    return all_well || !live->only;
}

/* Up to the present: what comes is newer than the question, or nothing comes. */
static bool is_at_present(const struct live *live)
{
    return live->newest_ns >= live->begun_ns ||
           g_get_monotonic_time() - MAX(live->event_us, live->begun_us) >= live->quiet_us;
}

/* Of the time that was given; for ever: more than anybody waits. */
static gint64 time_left(const struct live *live)
{
    if (!live->follow || live->follow->duration_us < 0)
        return G_MAXINT64;
    return live->begun_us + live->follow->duration_us - g_get_monotonic_time();
}

static bool is_over(const struct live *live, bool idle)
{
    const bool all_ended = live->sessions->len == 0 && g_hash_table_size(live->known);
    if (live->follow)
        return time_left(live) <= 0 || (all_ended && live->only);
    return all_ended || (idle && is_at_present(live));
}

static gboolean lost(const struct live *live, GError **error)
{
    const GPtrArray *notes = live->client.notes->damage;
    const char *cause = notes->len ? g_ptr_array_index(notes, notes->len - 1) : "it does not answer";
    g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_UNREADABLE,
                "%s: the connection with the relay daemon is lost (%s): what came after is not known", live->path,
                cause);
    return FALSE;
}

/* What broke off, of the only session. */
static gboolean broke_off(struct live *live, GError **error)
{
    const GPtrArray *notes = live->client.notes->damage;
    g_autoptr(GPtrArray) sessions = live_sessions(live->babeltrace, live->relay, NULL);
    if (!sessions || caught || !notes->len)
        return lost(live, error);
    g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_UNREADABLE, "%s: cannot be read on: %s" SOURCE_AT_RELAY,
                live->path, (const char *)g_ptr_array_index(notes, notes->len - 1));
    return FALSE;
}

/* What cannot be read, or not on, of the sessions of a relay that is there. */
static void tell_notes(struct live *live)
{
    const GPtrArray *notes = live->client.notes->damage;
    for (; live->told < notes->len; live->told++)
        say(live, "%s" SOURCE_AT_RELAY, (const char *)g_ptr_array_index(notes, live->told));
}

/* Sessions come and go. */
static bool is_time_to_look(const struct live *live)
{
    return live->follow && !caught && g_get_monotonic_time() - live->looked_us >= LOOK_US;
}

static gboolean read_on(struct live *live, GError **error)
{
    for (bool idle = false; !caught && !is_over(live, idle);) {
        set_alarm(CLAMP(time_left(live), 1, PATIENCE_US));
        if (!turn_all(live, &idle))
            return broke_off(live, error);
        if (is_time_to_look(live)) {
            if (look(live, NULL))
                tell_notes(live);
            else if (!caught)
                return lost(live, error);
        }
        if (idle && !caught)
            g_usleep(IDLE_US);
    }
    return caught != SIGALRM || time_left(live) <= 0 || lost(live, error);
}

static gboolean run(struct live *live, GError **error)
{
    struct signals old;
    signals_catch(&old, live->follow != NULL);
    set_alarm(PATIENCE_US);
    const gboolean done = connect_relay(live, error) && look_first(live, error) && read_on(live, error);
    signals_restore(&old);
    connected = NULL;
    return done;
}

static gboolean read_one(const char *path, event_handler handler, void *context, struct source_notes *notes,
                         GError **error)
{
    struct live live = {.follow = notes->follow, .handler = handler, .context = context, .quiet_us = QUIET_US};
    live.client = (struct babeltrace_client){.handler = take_event, .context = &live, .notes = notes};
    live.sessions = g_ptr_array_new_with_free_func(followed_free);
    live.known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    live.busy = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    live.begun_us = g_get_monotonic_time();
    live.begun_ns = (uint64_t)g_get_real_time() * 1000;
    live.babeltrace = split(&live, path, error) ? babeltrace_open(notes->guard, error) : NULL;
    const gboolean done = live.babeltrace && run(&live, error);
    g_ptr_array_unref(live.sessions);
    g_hash_table_unref(live.known);
    g_hash_table_unref(live.busy);
    babeltrace_close(live.babeltrace);
    viewer_proxy_stop(live.proxy);
    g_free(live.relay);
    g_free(live.host);
    g_free(live.port);
    return done;
}

/* One after the other; only one can be followed. */
static gboolean live_read(const char *const *paths, event_handler handler, void *context,
                          struct source_notes *notes, GError **error)
{
    for (const char *const *path = paths; *path; path++)
        if (!read_one(*path, handler, context, notes, error))
            return FALSE;
    return TRUE;
}

const struct source_ops live_source = {
    .name = "live session",
    .recognizes = live_recognizes,
    .read = live_read,
};
