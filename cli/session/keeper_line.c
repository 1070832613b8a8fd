/* SPDX-License-Identifier: MIT */
#include "cli/session/keeper_line.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/error.h"

/* The keeper has terms of its own, which are shorter: this one is for a keeper that was stopped or lost its mind.
 */
#define REPLY_MS 30000

gboolean keeper_line_open(struct keeper_line *line, keeper_prepare prepare, void *data, GError **error)
{
    int ends[2];
    *line = (struct keeper_line){.socket = -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return cli_fail(error, "session: %s", g_strerror(errno));
    line->keeper = fork();
    if (line->keeper == 0)
        keeper_run(ends[1], prepare, data);
    close(ends[1]);
    line->socket = ends[0];
    if (line->keeper < 0)
        return cli_fail(error, "session: no process can be made: %s", g_strerror(errno));
    return TRUE;
}

gboolean keeper_line_hear(const struct keeper_line *line, struct keeper_reply *ret_reply, GError **error)
{
    struct pollfd readable = {.fd = line->socket, .events = POLLIN};
    int ready;
    while ((ready = poll(&readable, 1, REPLY_MS)) < 0 && errno == EINTR)
        ;
    if (ready == 0)
        return cli_fail(error, "session: no answer from the session daemon; see scopetrace doctor");
    ssize_t size;
    while ((size = recv(line->socket, ret_reply, sizeof *ret_reply, 0)) < 0 && errno == EINTR)
        ;
    if (size != sizeof *ret_reply)
        return cli_fail(error, "session: its keeper process has died; the trace may be incomplete");
    if (ret_reply->failed)
        return cli_fail(error, "%s%s%s", ret_reply->text, *ret_reply->complaint ? ": " : "", ret_reply->complaint);
    return TRUE;
}

gboolean keeper_line_stop(const struct keeper_line *line, struct keeper_reply *ret_reply, GError **error)
{
    const uint32_t request = KEEPER_STOP;
    /* A keeper that is gone shows when its reply is awaited. */
    send(line->socket, &request, sizeof request, MSG_NOSIGNAL);
    return keeper_line_hear(line, ret_reply, error);
}

void keeper_line_give_control(const struct keeper_line *line, const char *path)
{
    const uint32_t request = KEEPER_CONTROL;
    const int descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof descriptor)];
    } control = {
        .header = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof descriptor)}};
    struct iovec body = {(void *)&request, sizeof request};
    const struct msghdr message = {
        .msg_iov = &body, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    if (descriptor < 0)
        return;
    memcpy(CMSG_DATA(&control.header), &descriptor, sizeof descriptor);
    sendmsg(line->socket, &message, MSG_NOSIGNAL);
    close(descriptor);
}

/* It ends by itself once nobody listens; one that cannot is ended, the daemon with it. */
static void await_end(const struct keeper_line *line)
{
    for (unsigned waited = 0; waitpid(line->keeper, NULL, WNOHANG) == 0; waited++) {
        if (waited == REPLY_MS)
            kill(line->keeper, SIGKILL);
        g_usleep(1000);
    }
}

void keeper_line_close(struct keeper_line *line)
{
    if (line->socket >= 0)
        close(line->socket);
    if (line->keeper > 0)
        await_end(line);
}
