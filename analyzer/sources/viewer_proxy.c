/* SPDX-License-Identifier: MIT */
#include "analyzer/sources/viewer_proxy.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "analyzer/sources/source.h"

/* Of LTTng's protocol for viewers: each request begins with the size of what follows, and what it is. */
struct __attribute__((packed)) request_header {
    uint64_t size_be;
    uint32_t what_be, version_be;
};

struct __attribute__((packed)) attach_request {
    uint64_t session_be, offset_be;
    uint32_t seek_be;
};

#define ATTACH_SESSION 3u
#define SEEK_BEGINNING 1u
/* Requests are short. */
#define MOST_BYTES 4096u
#define CONNECT_MS 5000

struct viewer_proxy {
    struct addrinfo *relay;
    int listener, cut; /* cut: an eventfd */
    unsigned port;
    GThread *thread;
    GPtrArray *connections; /* struct connection *; the thread's, while there is one */
};

struct connection {
    int viewer, relay;
    GThread *requests, *answers;
};

/* ---- what is passed on ---- */

static bool receive_all(int from, void *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        const ssize_t got = recv(from, (char *)bytes + done, size - done, 0);
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

static bool send_all(int to, const void *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        const ssize_t sent = send(to, (const char *)bytes + done, size - done, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        done += (size_t)sent;
    }
    return true;
}

static bool pass_request(const struct connection *connection)
{
    char bytes[sizeof(struct request_header) + MOST_BYTES];
    struct request_header header;
    struct attach_request attach;
    if (!receive_all(connection->viewer, &header, sizeof header))
        return false;
    const uint64_t size = GUINT64_FROM_BE(header.size_be);
    char *payload = bytes + sizeof header;
    if (size > MOST_BYTES || !receive_all(connection->viewer, payload, size))
        return false;
    if (GUINT32_FROM_BE(header.what_be) == ATTACH_SESSION && size >= sizeof attach) {
        memcpy(&attach, payload, sizeof attach);
        attach.seek_be = GUINT32_TO_BE(SEEK_BEGINNING);
        memcpy(payload, &attach, sizeof attach);
    }
    memcpy(bytes, &header, sizeof header);
    return send_all(connection->relay, bytes, sizeof header + size);
}

/* Wakes whoever waits on either end. */
static void end(const struct connection *connection)
{
    shutdown(connection->viewer, SHUT_RDWR);
    shutdown(connection->relay, SHUT_RDWR);
}

static gpointer pass_requests(gpointer data)
{
    while (pass_request(data))
        ;
    end(data);
    return NULL;
}

static gpointer pass_answers(gpointer data)
{
    const struct connection *connection = data;
    char bytes[1 << 16];
    ssize_t size;
    while ((size = recv(connection->relay, bytes, sizeof bytes, 0)) > 0 &&
           send_all(connection->viewer, bytes, (size_t)size))
        ;
    end(connection);
    return NULL;
}

/* ---- connections ---- */

static bool connect_within(int fd, const struct addrinfo *target, int milliseconds)
{
    const struct timeval limit = {.tv_sec = milliseconds / 1000};
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    return connect(fd, target->ai_addr, target->ai_addrlen) == 0;
}

/* -1 and errno. */
static int connect_relay(const struct viewer_proxy *proxy)
{
    int cause = ECONNREFUSED;
    for (const struct addrinfo *target = proxy->relay; target; target = target->ai_next) {
        const int fd = socket(target->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd >= 0 && connect_within(fd, target, CONNECT_MS))
            return fd;
        cause = errno == EINPROGRESS ? ETIMEDOUT : errno;
        if (fd >= 0)
            close(fd);
    }
    errno = cause;
    return -1;
}

static void connection_free(gpointer data)
{
    struct connection *connection = data;
    end(connection);
    g_thread_join(connection->requests);
    g_thread_join(connection->answers);
    close(connection->viewer);
    close(connection->relay);
    g_free(connection);
}

static void add_connection(struct viewer_proxy *proxy, int viewer)
{
    const int relay = connect_relay(proxy);
    if (relay < 0) {
        close(viewer);
        return;
    }
    struct connection *connection = g_new0(struct connection, 1);
    connection->viewer = viewer;
    connection->relay = relay;
    connection->requests = g_thread_new("requests", pass_requests, connection);
    connection->answers = g_thread_new("answers", pass_answers, connection);
    g_ptr_array_add(proxy->connections, connection);
}

static bool is_closed(const struct connection *connection)
{
    struct pollfd ended = {.fd = connection->relay, .events = POLLRDHUP};
    return poll(&ended, 1, 0) > 0;
}

/* Viewers come and go: each look at the sessions is one. */
static void drop_closed(struct viewer_proxy *proxy)
{
    for (guint i = proxy->connections->len; i-- > 0;)
        if (is_closed(g_ptr_array_index(proxy->connections, i)))
            g_ptr_array_remove_index(proxy->connections, i);
}

static gpointer serve(gpointer data)
{
    struct viewer_proxy *proxy = data;
    struct pollfd awaited[] = {{.fd = proxy->cut, .events = POLLIN}, {.fd = proxy->listener, .events = POLLIN}};
    while (poll(awaited, G_N_ELEMENTS(awaited), -1) > 0 && !awaited[0].revents) {
        const int viewer = accept4(proxy->listener, NULL, NULL, SOCK_CLOEXEC);
        if (viewer < 0)
            continue;
        drop_closed(proxy);
        add_connection(proxy, viewer);
    }
    shutdown(proxy->listener, SHUT_RDWR);
    g_ptr_array_set_size(proxy->connections, 0);
    return NULL;
}

/* ---- the proxy ---- */

static bool listen_on_loopback(struct viewer_proxy *proxy)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    proxy->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool listening = proxy->listener >= 0 && bind(proxy->listener, (struct sockaddr *)&address, size) == 0 &&
                           listen(proxy->listener, SOMAXCONN) == 0 &&
                           getsockname(proxy->listener, (struct sockaddr *)&address, &size) == 0;
    proxy->port = ntohs(address.sin_port);
    return listening;
}

/* Its threads, and theirs, inherit the mask. */
static void start_thread(struct viewer_proxy *proxy)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    proxy->thread = g_thread_new("proxy", serve, proxy);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static bool reach(struct viewer_proxy *proxy, const char *host, const char *port, int family, const char **ret_why)
{
    const struct addrinfo wanted = {.ai_family = family, .ai_socktype = SOCK_STREAM};
    const int code = getaddrinfo(host, port, &wanted, &proxy->relay);
    *ret_why = code ? gai_strerror(code) : NULL;
    if (code)
        return false;
    const int trial = connect_relay(proxy);
    *ret_why = g_strerror(errno);
    if (trial < 0)
        return false;
    close(trial);
    return true;
}

struct viewer_proxy *viewer_proxy_start(const char *host, const char *port, int family, GError **error)
{
    struct viewer_proxy *proxy = g_new0(struct viewer_proxy, 1);
    const char *why;
    proxy->listener = -1;
    proxy->cut = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    proxy->connections = g_ptr_array_new_with_free_func(connection_free);
    bool ready = reach(proxy, host, port, family, &why);
    if (ready && !listen_on_loopback(proxy)) {
        why = g_strerror(errno);
        ready = false;
    }
    if (ready) {
        start_thread(proxy);
        return proxy;
    }
    g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_UNREADABLE, "%s, port %s: %s", host, port, why);
    viewer_proxy_stop(proxy);
    return NULL;
}

unsigned viewer_proxy_port(const struct viewer_proxy *proxy)
{
    return proxy->port;
}

void viewer_proxy_cut(const struct viewer_proxy *proxy)
{
    const int cause = errno;
    eventfd_write(proxy->cut, 1);
    errno = cause;
}

void viewer_proxy_stop(struct viewer_proxy *proxy)
{
    if (!proxy)
        return;
    viewer_proxy_cut(proxy);
    if (proxy->thread)
        g_thread_join(proxy->thread);
    close(proxy->cut);
    g_ptr_array_unref(proxy->connections);
    if (proxy->listener >= 0)
        close(proxy->listener);
    if (proxy->relay)
        freeaddrinfo(proxy->relay);
    g_free(proxy);
}
