/* SPDX-License-Identifier: MIT */
#include "cli/session/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/error.h"

#define CONTROL_PORT 5342
#define DATA_PORT 5343
/* For the look-up and both connections, of a network that may have to be woken. */
#define REACH_SECONDS 8
/* A network without a sign of life for so long is gone. */
#define SILENCE_SECONDS 5
#define WATCH_MS 2000

/* ---- the URL ---- */

static gboolean bad_url(const char *url, const char *why, GError **error)
{
    return cli_fail(error, "--stream: %s: %s; write net://HOST[:CONTROL-PORT[:DATA-PORT]][/PATH]", url, why);
}

/* ":5342:5343", or less of it. */
static bool take_port(const char **at, uint16_t *port)
{
    char *end;
    if (**at != ':')
        return true;
    if (!g_ascii_isdigit((*at)[1]))
        return false;
    const guint64 number = g_ascii_strtoull(*at + 1, &end, 10);
    if (number == 0 || number > UINT16_MAX)
        return false;
    *port = (uint16_t)number;
    *at = end;
    return true;
}

/* Below the relay's folder, and nowhere else. */
static bool take_path(const char *text, char **ret_path)
{
    g_auto(GStrv) parts = g_strsplit(text, "/", -1);
    g_autoptr(GString) path = g_string_new(NULL);
    for (char **part = parts; *part; part++) {
        if (g_str_equal(*part, "..") || g_str_equal(*part, "."))
            return false;
        if (**part)
            g_string_append_printf(path, "%s/", *part);
    }
    *ret_path = g_strdup(path->str);
    return true;
}

/* What follows the scheme; an IPv6 address stands in brackets. */
static gboolean parse(struct relay *relay, const char *rest, GError **error)
{
    const bool bracketed = *rest == '[';
    const size_t length = bracketed ? strcspn(rest, "]") : strcspn(rest, ":/");
    if (bracketed && rest[length] != ']')
        return bad_url(relay->url, "\"]\" is missing", error);
    relay->host = g_strndup(rest + bracketed, length - bracketed);
    const char *at = rest + length + bracketed;
    if (!*relay->host)
        return bad_url(relay->url, "no host in it", error);
    if (!take_port(&at, &relay->control) || !take_port(&at, &relay->data) || (*at && *at != '/'))
        return bad_url(relay->url, "no port, or one too many", error);
    return take_path(at, &relay->path) || bad_url(relay->url, "a path must not leave the relay's folder", error);
}

struct relay *relay_parse(const char *url, GError **error)
{
    static const char *const schemes[] = {"net://", "net6://"};
    struct relay *relay = g_new0(struct relay, 1);
    relay->url = g_strdup(url);
    relay->control = CONTROL_PORT;
    relay->data = DATA_PORT;
    for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++)
        if (g_str_has_prefix(url, schemes[i])) {
            relay->v6 = i == 1;
            if (parse(relay, url + strlen(schemes[i]), error))
                return relay;
            relay_free(relay);
            return NULL;
        }
    bad_url(url, "is not the URL of a relay", error);
    relay_free(relay);
    return NULL;
}

void relay_free(struct relay *relay)
{
    if (!relay)
        return;
    g_free(relay->url);
    g_free(relay->host);
    g_free(relay->address);
    g_free(relay->path);
    g_free(relay);
}

char *relay_session_url(const struct relay *relay, const char *name)
{
    return g_strdup_printf("net%s://%s%s%s:%u:%u/%s%s", relay->v6 ? "6" : "", relay->v6 ? "[" : "", relay->address,
                           relay->v6 ? "]" : "", relay->control, relay->data, relay->path, name);
}

/* ---- whether it is there ---- */

/* What the child that tries has to say. */
struct attempt {
    char address[64];
    char trouble[256]; /* "": none */
};

static bool look_up(const struct relay *relay, const char *host, uint16_t port, int flags, struct addrinfo **ret,
                    struct attempt *attempt)
{
    const struct addrinfo wanted = {.ai_family = relay->v6 ? AF_INET6 : AF_INET,
                                    .ai_socktype = SOCK_STREAM,
                                    .ai_flags = flags | AI_NUMERICSERV};
    g_autofree char *service = g_strdup_printf("%u", port);
    const int code = getaddrinfo(host, service, &wanted, ret);
    if (code != 0)
        g_snprintf(attempt->trouble, sizeof attempt->trouble, "%s: %s", host, gai_strerror(code));
    return code == 0;
}

static bool connects(const struct addrinfo *found)
{
    const int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool connected = fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) == 0;
    const int cause = errno;
    if (fd >= 0)
        close(fd);
    errno = cause;
    return connected;
}

static void try_port(const struct relay *relay, const char *host, uint16_t port, struct attempt *attempt)
{
    struct addrinfo *found = NULL;
    if (*attempt->trouble || !look_up(relay, host, port, 0, &found, attempt))
        return;
    if (getnameinfo(found->ai_addr, found->ai_addrlen, attempt->address, sizeof attempt->address, NULL, 0,
                    NI_NUMERICHOST) != 0)
        g_strlcpy(attempt->trouble, "its address cannot be written", sizeof attempt->trouble);
    else if (!connects(found))
        g_snprintf(attempt->trouble, sizeof attempt->trouble, "port %u: %s", port, g_strerror(errno));
    freeaddrinfo(found);
}

/* A process of its own: looking up a name knows no limit, but dies of a signal. */
static _Noreturn void try_in_child(const struct relay *relay, int out)
{
    struct attempt attempt = {.trouble = ""};
    sigset_t none;
    sigemptyset(&none);
    signal(SIGALRM, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    alarm(REACH_SECONDS);
    try_port(relay, relay->host, relay->control, &attempt);
    try_port(relay, relay->host, relay->data, &attempt);
    _exit(write(out, &attempt, sizeof attempt) == sizeof attempt ? 0 : 1);
}

static bool try_out(const struct relay *relay, struct attempt *ret_attempt)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    const pid_t child = fork();
    if (child == 0)
        try_in_child(relay, ends[1]);
    close(ends[1]);
    ssize_t size = -1;
    while (child > 0 && (size = read(ends[0], ret_attempt, sizeof *ret_attempt)) < 0 && errno == EINTR)
        ;
    close(ends[0]);
    while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
    return size == sizeof *ret_attempt;
}

gboolean relay_reach(struct relay *relay, GError **error)
{
    struct attempt attempt = {.trouble = ""};
    if (!try_out(relay, &attempt))
        g_snprintf(attempt.trouble, sizeof attempt.trouble, "no answer within %d seconds", REACH_SECONDS);
    if (*attempt.trouble)
        return cli_fail(error, "--stream: %s cannot be reached: %s; start lttng-relayd there", relay->url,
                        attempt.trouble);
    g_free(relay->address);
    relay->address = g_strdup(attempt.address);
    return TRUE;
}

/* ---- whether it still is ---- */

static void notice_silence(int fd)
{
    const int on = 1, idle = SILENCE_SECONDS, step = 1, limit = SILENCE_SECONDS * 1000;
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &step, sizeof step);
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit, sizeof limit);
}

static bool connect_within(int fd, const struct addrinfo *target, int milliseconds)
{
    struct pollfd writable = {.fd = fd, .events = POLLOUT};
    int trouble = 0;
    socklen_t size = sizeof trouble;
    if (connect(fd, target->ai_addr, target->ai_addrlen) == 0)
        return true;
    return errno == EINPROGRESS && poll(&writable, 1, milliseconds) == 1 &&
           getsockopt(fd, SOL_SOCKET, SO_ERROR, &trouble, &size) == 0 && trouble == 0;
}

int relay_watch(const struct relay *relay)
{
    struct attempt unused;
    struct addrinfo *target = NULL;
    if (!look_up(relay, relay->address, relay->control, AI_NUMERICHOST, &target, &unused))
        return -1;
    int fd = socket(target->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect_within(fd, target, WATCH_MS)) {
        notice_silence(fd);
    } else if (fd >= 0) {
        close(fd);
        fd = -1;
    }
    freeaddrinfo(target);
    return fd;
}

bool relay_is_there(int connection)
{
    struct pollfd ended = {.fd = connection, .events = POLLRDHUP};
    return connection >= 0 && poll(&ended, 1, 0) == 0;
}
