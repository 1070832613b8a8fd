/* SPDX-License-Identifier: MIT */
#include "cli/session/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <lttng/lttng.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/error.h"
#include "cli/session/daemon.h"
#include "cli/session/daemon_shared.h"
#include "cli/session/folder.h"
#include "cli/session/limits.h"
#include "cli/session/safekeeping.h"
#include "cli/session/shared_memory.h"

#define START_MS 10000
#define STOP_MS 6000
/* The network may be slow. */
#define STREAM_STOP_MS 10000
/* A relay that takes nothing for so long is given up: the recording waits for it meanwhile. */
#define NETWORK_TIMEOUT_MS "3000"
/* LTTng makes its buffers when a process first registers: looked for often at first. */
#define EAGER_LOOK_MS 20
#define EAGER_LOOKS 250
#define LOOK_MS 500

struct keeper {
    int socket;
    struct keeper_plan plan;
    struct recording_plan recording;
    struct shared_memory memory;
    struct daemon daemon;
    int relay;        /* a connection with it (relay.h); -1: none */
    GHashTable *gone; /* char *: buffers that LTTng has removed */
    unsigned looks;
    struct flight flight;
    struct rotation rotation;
    bool over; /* the recording: what is in the buffers stays */
    bool broken;
};

/* Out of the terminal's reach, and holding nothing open that others wait to see closed. */
static void detach(int socket)
{
    sigset_t all;
    sigfillset(&all);
    sigdelset(&all, SIGALRM);
    sigprocmask(SIG_SETMASK, &all, NULL);
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL); /* an inherited SIG_IGN would keep the daemon's end from us */
    setsid();
    prctl(PR_SET_NAME, "scopetrace-keep");
    if (chdir("/") != 0)
        return;
    umask(022);
    dup3(socket, STDERR_FILENO + 1, O_CLOEXEC);
    close_range(STDERR_FILENO + 2, ~0U, 0);
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        dup2(null, fd);
}

/* The daemon inherits what is left, and so does liblttng-ctl in this process. */
static void clean_environment(void)
{
    g_auto(GStrv) names = g_listenv();
    for (char **name = names; *name; name++)
        if (g_str_has_prefix(*name, "LTTNG_UST_") || g_str_equal(*name, "LTTNG_RUNDIR") ||
            g_str_equal(*name, "LD_PRELOAD") || g_str_has_prefix(*name, "SCOPETRACE"))
            g_unsetenv(*name);
    /* A member of the group `tracing` would be sent to root's daemon. */
    lttng_set_tracing_group("scopetrace-has-no-group");
    g_setenv("LTTNG_NETWORK_SOCKET_TIMEOUT", NETWORK_TIMEOUT_MS, TRUE);
}

static void reply(const struct keeper *keeper, struct keeper_reply *message, const GError *error)
{
    g_autofree char *complaint = daemon_complaint(&keeper->daemon);
    const bool told = complaint && error && strstr(error->message, complaint);
    message->failed = error != NULL;
    if (error)
        g_strlcpy(message->text, error->message, sizeof message->text);
    if (complaint && !told && daemon_is_alive(&keeper->daemon)) /* else it is what the consumer says of that */
        g_strlcpy(message->complaint, complaint, sizeof message->complaint);
    send(keeper->socket, message, sizeof *message, MSG_NOSIGNAL);
}

static gboolean start_recordings(struct keeper *keeper, GError **error)
{
    const struct keeper_plan *plan = &keeper->plan;
    if (!plan->stream_alone && !recording_start(&keeper->recording, error))
        return FALSE;
    if (!plan->relay)
        return TRUE;
    keeper->relay = relay_watch(plan->relay);
    return recording_start(&plan->stream, error);
}

static gboolean start_daemon(struct keeper *keeper, GError **error)
{
    const struct daemon_plan plan = {.program = keeper->plan.daemon,
                                     .folder = keeper->plan.folder,
                                     .output = keeper->plan.output,
                                     .buffers = keeper->plan.buffers,
                                     .asker = keeper->socket,
                                     .own_memory = keeper->recording.buffers.on_disk};
    return (keeper->plan.shared ? daemon_join : daemon_start)(&keeper->daemon, &plan, error);
}

static gboolean start(struct keeper *keeper, keeper_prepare prepare, void *data, GError **error)
{
    if (!limits_raise(error) || !prepare(&keeper->plan, data, error))
        return FALSE;
    safekeeping_lock(keeper->plan.buffers);
    keeper->recording = keeper->plan.recording;
    keeper->memory = shared_memory_open();
    if (!keeper->plan.shared)
        shared_memory_hold(&keeper->memory);
    if (!start_daemon(keeper, error))
        return FALSE;
    keeper->recording.output = keeper->daemon.output;
    keeper->flight.plan = &keeper->plan.flight;
    keeper->flight.recording = &keeper->recording;
    keeper->flight.outside = keeper->daemon.outside;
    keeper->flight.control = keeper->plan.control;
    keeper->rotation = (struct rotation){.options = keeper->plan.rotation,
                                         .recording = &keeper->recording,
                                         .outside = keeper->daemon.outside,
                                         .control = keeper->plan.control};
    daemon_deadline(&keeper->daemon, START_MS);
    const gboolean started = start_recordings(keeper, error);
    daemon_deadline(&keeper->daemon, 0);
    daemon_settle(&keeper->daemon);
    return started;
}

static bool start_and_tell(struct keeper *keeper, keeper_prepare prepare, void *data)
{
    g_autoptr(GError) error = NULL;
    struct keeper_reply message = {0};
    const gboolean started = start(keeper, prepare, data, &error);
    limits_blame(&error);
    g_strlcpy(message.folder, keeper->plan.folder ? keeper->plan.folder : "", sizeof message.folder);
    if (started) {
        const struct daemon *daemon = &keeper->daemon;
        g_strlcpy(message.lttng_home, daemon->lttng_home ? daemon->lttng_home : "", sizeof message.lttng_home);
        g_strlcpy(message.lttng_app_path, daemon->lttng_app_path ? daemon->lttng_app_path : "",
                  sizeof message.lttng_app_path);
        g_strlcpy(message.safe, keeper->plan.buffers, sizeof message.safe);
        message.buffers = keeper->recording.buffers;
        message.daemons = (int32_t)daemon->pid;
        g_strlcpy(message.output, daemon->outside, sizeof message.output);
        g_strlcpy(message.way, daemon->way, sizeof message.way);
    }
    reply(keeper, &message, error);
    return !error;
}

static void look_after_buffers(struct keeper *keeper)
{
    if (!keeper->over)
        safekeeping_look(keeper->plan.buffers, keeper->gone, daemon_is_alive(&keeper->daemon));
}

/* A daemon that has delivered everything may be killed, which is half a second faster than asking it to end. One
 * that has not is stuck on a stalled stream, and would not end when asked. */
static gboolean stop_local(struct keeper *keeper, struct keeper_reply *message, GError **error)
{
    const bool died = !daemon_is_alive(&keeper->daemon);
    gboolean stopped = FALSE;
    look_after_buffers(keeper);
    keeper->over = true;
    daemon_deadline(&keeper->daemon, STOP_MS);
    if (!died)
        rotation_settle(&keeper->rotation);
    if (died)
        cli_fail(error, "the session daemon died: what came after is not in the trace");
    else
        stopped = recording_stop(&keeper->recording, &message->counts, error) &&
                  (!keeper->recording.ring || flight_finish(&keeper->flight, error));
    daemon_deadline(&keeper->daemon, 0);
    if (daemon_expired())
        message->counts.incomplete = true;
    keeper->broken = !stopped || message->counts.incomplete;
    message->broken = keeper->broken;
    return stopped;
}

/* With a relay that is gone there is nothing to wait for. */
static bool hand_over(const struct keeper *keeper, struct recording_counts *counts, GError **error)
{
    const struct recording_plan *stream = &keeper->plan.stream;
    if (!relay_is_there(keeper->relay) || !recording_stop(stream, counts, error) || counts->incomplete)
        return false;
    if (stream->buffer_folder)
        folder_remove(stream->buffer_folder);
    return recording_hand_over(stream) && relay_is_there(keeper->relay);
}

static gboolean stop_stream(struct keeper *keeper, struct keeper_reply *message, GError **error)
{
    struct recording_counts counts = {0};
    keeper->over = true;
    if (!daemon_is_alive(&keeper->daemon))
        return cli_fail(error, "the session daemon died: what came after is not in the trace");
    daemon_deadline(&keeper->daemon, STREAM_STOP_MS);
    message->stream_lost = !hand_over(keeper, &counts, error);
    daemon_deadline(&keeper->daemon, 0);
    message->stream_lost |= daemon_expired();
    if (keeper->plan.stream_alone)
        message->counts = counts;
    return !error || !*error;
}

static gboolean stop(struct keeper *keeper, struct keeper_reply *message, GError **error)
{
    const struct keeper_plan *plan = &keeper->plan;
    if (plan->stream_alone)
        return stop_stream(keeper, message, error);
    const gboolean stopped = stop_local(keeper, message, error);
    if (plan->relay && (keeper->broken || !stop_stream(keeper, message, NULL)))
        message->stream_lost = true;
    return stopped;
}

static void destroy_recordings(const struct keeper_plan *plan)
{
    if (!plan->stream_alone)
        recording_destroy(&plan->recording);
    if (plan->relay)
        recording_destroy(&plan->stream);
}

/* What becomes of the daemon, the recording being over. A session that is destroyed waits for its folder of
 * buffers to go, and all other requests wait with it: the folder goes first. What the trace lacks is under its
 * second name. */
static void let_go(struct keeper *keeper, bool stopped)
{
    folder_remove(keeper->recording.buffer_folder);
    if (keeper->plan.stream.buffer_folder)
        folder_remove(keeper->plan.stream.buffer_folder);
    if (keeper->daemon.shared) {
        destroy_recordings(&keeper->plan);
        daemon_leave(&keeper->daemon);
    } else if (stopped && !keeper->daemon.in_public) {
        daemon_kill(&keeper->daemon);
    } else {
        daemon_end(&keeper->daemon);
    }
}

static void stop_and_tell(struct keeper *keeper)
{
    g_autoptr(GError) error = NULL;
    struct keeper_reply message = {0};
    g_autofree char *remarks = flight_remarks(&keeper->flight);
    g_strlcpy(message.remarks, remarks, sizeof message.remarks);
    const gboolean stopped = stop(keeper, &message, &error);
    let_go(keeper, stopped);
    reply(keeper, &message, error);
}

static void (*const handlers[KEEPER_REQUESTS])(struct keeper *) = {
    [KEEPER_STOP] = stop_and_tell,
};

static int patience_ms(const struct keeper *keeper)
{
    const int usual = keeper->looks < EAGER_LOOKS ? EAGER_LOOK_MS : LOOK_MS;
    const int flight = flight_patience_ms(&keeper->flight);
    return flight ? MIN(flight, usual) : usual;
}

/* What is to be done beside what the command asks for. Puts a term on what waits for the daemon. */
static void look_after(struct keeper *keeper, bool asked)
{
    keeper->looks++;
    look_after_buffers(keeper);
    if (keeper->over || !daemon_is_alive(&keeper->daemon))
        return;
    daemon_deadline(&keeper->daemon, STOP_MS);
    if (asked)
        flight_answer(&keeper->flight);
    flight_look(&keeper->flight);
    rotation_look(&keeper->rotation);
    daemon_deadline(&keeper->daemon, 0);
}

/* Until there is a request, or the command is gone. */
static void await_request(struct keeper *keeper)
{
    struct pollfd readable[] = {{.fd = keeper->socket, .events = POLLIN},
                                {.fd = keeper->plan.flight.listener, .events = POLLIN}};
    for (;;) {
        const int ready = poll(readable, G_N_ELEMENTS(readable), patience_ms(keeper));
        if ((ready > 0 && readable[0].revents) || (ready < 0 && errno != EINTR))
            return;
        look_after(keeper, ready > 0);
    }
}

/* A request, and the descriptor that came with it: -1: none. */
static ssize_t receive(const struct keeper *keeper, uint32_t *request, int *ret_descriptor)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec body = {request, sizeof *request};
    struct msghdr message = {
        .msg_iov = &body, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    const ssize_t size = recvmsg(keeper->socket, &message, MSG_CMSG_CLOEXEC);
    const struct cmsghdr *header = size > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    *ret_descriptor = -1;
    if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
        memcpy(ret_descriptor, CMSG_DATA(header), sizeof *ret_descriptor);
    return size;
}

static void take_control(struct keeper *keeper, int descriptor)
{
    if (!keeper->flight.control && descriptor >= 0)
        keeper->flight.control = control_file_map(descriptor);
    if (descriptor >= 0)
        close(descriptor);
}

static void serve(struct keeper *keeper)
{
    for (;;) {
        uint32_t request;
        int descriptor;
        await_request(keeper);
        const ssize_t size = receive(keeper, &request, &descriptor);
        if (size < 0 && errno == EINTR)
            continue;
        if (size != sizeof request)
            return;
        take_control(keeper, descriptor);
        if (request < KEEPER_REQUESTS && handlers[request])
            handlers[request](keeper);
    }
}

/* The command may have died without a word: then the recording is still on, and what it holds may be wanted. */
static void clean_up(struct keeper *keeper)
{
    if (keeper->daemon.pid > 0 || keeper->daemon.shared) {
        struct keeper_reply unheard = {0};
        stop(keeper, &unheard, NULL);
        let_go(keeper, true);
    }
    if (keeper->flight.outside)
        flight_clean(&keeper->flight);
    if (!keeper->broken || !keeper->plan.recoverable)
        safekeeping_remove(keeper->plan.buffers);
    const char *const folders[] = {keeper->plan.folder, keeper->plan.litter, keeper->daemon.elsewhere};
    for (size_t i = 0; i < G_N_ELEMENTS(folders); i++)
        if (folders[i])
            folder_remove(folders[i]);
    shared_memory_sweep(&keeper->memory);
}

_Noreturn void keeper_run(int socket, keeper_prepare prepare, void *data)
{
    struct keeper keeper = {.socket = STDERR_FILENO + 1,
                            .relay = -1,
                            .memory = {-1, -1},
                            .plan = {.flight = {.listener = -1}},
                            .gone = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
    detach(socket);
    clean_environment();
    if (start_and_tell(&keeper, prepare, data))
        serve(&keeper);
    clean_up(&keeper);
    _exit(0);
}
