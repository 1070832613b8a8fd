/* SPDX-License-Identifier: MIT */
#include "cli/session/flight.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/error.h"
#include "cli/session/folder.h"

/* How long processes have to announce what is there. Most loops turn within it; those that wait for hours do not.
 */
#define ANSWER_MS 100u
/* A client that says nothing must not hold the keeper. */
#define CLIENT_MS 1000
#define LOOK_MS 20
/* Nobody may be there to look after the disk. */
#define AUTOMATIC_MOST 10u
#define AUTOMATIC_PAUSE_US (5 * G_USEC_PER_SEC)
#define BACKLOG 16

static const struct {
    const char *name, *before, *after; /* the sentence around the number */
} conditions[CONTROL_CONDITIONS] = {
    [CONTROL_COUNTER] = {"counter", "a task's cancellation counter reached ", ""},
    [CONTROL_STORM] = {"storm", "a scope delivered its cancellation ", " times without effect"},
};

int flight_listen(const char *folder, GError **error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_autofree char *path = g_build_filename(folder, FLIGHT_SOCKET, NULL);
    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    const int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (listener >= 0 && bind(listener, (struct sockaddr *)&address, sizeof address) == 0 &&
        listen(listener, BACKLOG) == 0)
        return listener;
    cli_fail(error, "%s: %s", path, g_strerror(errno));
    if (listener >= 0)
        close(listener);
    return -1;
}

static struct control_answers announce(const struct flight *flight)
{
    const struct control_answers nobody = {.silent = 0};
    return flight->control ? control_file_announce(flight->control, ANSWER_MS) : nobody;
}

/* ---- on request ---- */

static char *taken_path(const struct flight *flight, const char *folder)
{
    return g_strdup_printf("%s/.taken-%u", folder, flight->taken);
}

void flight_clean(struct flight *flight)
{
    g_autofree char *path = taken_path(flight, flight->outside);
    folder_remove(path);
}

static bool is_this(const struct flight *flight, const char *target)
{
    struct control_process process;
    guint64 pid;
    if (!g_ascii_string_to_unsigned(target, 10, 1, G_MAXINT32, &pid, NULL))
        return strcmp(target, flight->plan->name) == 0;
    return (int)pid == flight->recording->only_pid || (pid_t)pid == flight->plan->command ||
           (flight->control && control_file_process(flight->control, (uint32_t)pid, &process));
}

static uint32_t recorded_process(const struct flight *flight)
{
    if (flight->recording->only_pid)
        return (uint32_t)flight->recording->only_pid;
    return flight->control ? control_file_running(flight->control) : 0;
}

static void look(const struct flight *flight, const char *target, struct flight_reply *reply)
{
    reply->command = (uint32_t)flight->plan->command;
    reply->pid = recorded_process(flight);
    reply->matches = is_this(flight, target);
}

static void take(struct flight *flight, struct flight_reply *reply)
{
    g_autoptr(GError) error = NULL;
    const struct control_answers answers = announce(flight);
    flight_clean(flight);
    flight->taken++;
    g_autofree char *folder = taken_path(flight, flight->recording->output);
    g_autofree char *outside = taken_path(flight, flight->outside);
    reply->silent = answers.silent;
    reply->silent_pid = answers.pid;
    reply->announced = answers.bytes;
    reply->ring = buffers_ring(&flight->recording->buffers);
    g_strlcpy(reply->path, outside, sizeof reply->path);
    if (!recording_snapshot(flight->recording, folder, "snapshot", &error)) {
        reply->failed = 1;
        g_strlcpy(reply->text, error->message, sizeof reply->text);
    }
}

static void answer(struct flight *flight, int client)
{
    struct flight_request request;
    g_autofree struct flight_reply *reply = g_new0(struct flight_reply, 1);
    if (recv(client, &request, sizeof request, 0) != sizeof request || request.version != FLIGHT_VERSION)
        return;
    request.target[sizeof request.target - 1] = '\0';
    reply->version = FLIGHT_VERSION;
    g_strlcpy(reply->name, flight->plan->name, sizeof reply->name);
    if (request.kind == FLIGHT_LOOK)
        look(flight, request.target, reply);
    else if (request.kind == FLIGHT_TAKE)
        take(flight, reply);
    send(client, reply, sizeof *reply, MSG_NOSIGNAL);
}

static bool may_ask(const struct flight *flight, int client)
{
    struct ucred who;
    socklen_t size = sizeof who;
    return getsockopt(client, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 &&
           (who.uid == 0 || who.uid == flight->plan->owner);
}

void flight_answer(struct flight *flight)
{
    const struct timeval term = {.tv_sec = CLIENT_MS / 1000};
    const int client = accept4(flight->plan->listener, NULL, NULL, SOCK_CLOEXEC);
    if (client < 0)
        return;
    setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &term, sizeof term);
    setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &term, sizeof term);
    if (may_ask(flight, client))
        answer(flight, client);
    close(client);
}

/* ---- by itself ---- */

static unsigned automatic_taken(const struct flight *flight)
{
    unsigned taken = 0;
    for (int i = 0; i < CONTROL_CONDITIONS; i++)
        taken += flight->automatic[i];
    return taken;
}

static bool is_wanted(const struct flight *flight)
{
    for (int i = 0; flight->control && i < CONTROL_CONDITIONS; i++)
        if (control_file_alarm(flight->control, (enum control_condition)i).least)
            return automatic_taken(flight) < AUTOMATIC_MOST;
    return false;
}

int flight_patience_ms(const struct flight *flight)
{
    return is_wanted(flight) ? LOOK_MS : 0;
}

static void look_at(struct flight *flight, enum control_condition condition)
{
    const struct control_alarm alarm = control_file_alarm(flight->control, condition);
    const gint64 now = g_get_monotonic_time();
    if (!alarm.least || alarm.times == flight->seen[condition] ||
        (flight->last_us && now < flight->last_us + AUTOMATIC_PAUSE_US))
        return;
    flight->seen[condition] = alarm.times;
    flight->last_us = now;
    announce(flight);
    flight->automatic[condition] +=
        recording_snapshot(flight->recording, flight->recording->output, conditions[condition].name, NULL) != 0;
}

void flight_look(struct flight *flight)
{
    for (int i = 0; i < CONTROL_CONDITIONS && is_wanted(flight); i++)
        look_at(flight, (enum control_condition)i);
}

gboolean flight_finish(struct flight *flight, GError **error)
{
    flight_clean(flight);
    return recording_snapshot(flight->recording, flight->recording->output, "final", error);
}

static char *how_often(guint times)
{
    return times == 1 ? g_strdup("once") : g_strdup_printf("%u times", times);
}

char *flight_remarks(const struct flight *flight)
{
    GString *text = g_string_new(NULL);
    for (int i = 0; flight->control && i < CONTROL_CONDITIONS; i++) {
        const struct control_alarm alarm = control_file_alarm(flight->control, (enum control_condition)i);
        if (!alarm.times)
            continue;
        g_autofree char *met = how_often(alarm.times), *read_out = how_often(flight->automatic[i]);
        g_string_append_printf(text, "%s%s%u%s (%s, last in process %u): read out %s", text->len ? "; " : "",
                               conditions[i].before, alarm.least, conditions[i].after, met, alarm.pid, read_out);
    }
    return g_string_free(text, FALSE);
}
