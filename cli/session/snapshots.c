/* SPDX-License-Identifier: MIT */
#include "cli/session/snapshots.h"

#include <errno.h>
#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/error.h"
#include "cli/session/safekeeping.h"

/* To look takes no time, but the keeper may be reading its ring out to disk for another. */
#define TERM_S 30
#define NAMED 8 /* of recorders of one name, in a message */

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timeval term = {.tv_sec = TERM_S};
    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    const int client = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (client < 0)
        return -1;
    setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &term, sizeof term);
    setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &term, sizeof term);
    if (connect(client, (struct sockaddr *)&address, sizeof address) == 0)
        return client;
    close(client);
    return -1;
}

static bool ask(const char *path, enum flight_kind kind, const char *target, struct flight_reply *ret_reply)
{
    struct flight_request request = {.version = FLIGHT_VERSION, .kind = kind};
    g_strlcpy(request.target, target, sizeof request.target);
    const int client = connect_to(path);
    if (client < 0)
        return false;
    const bool answered = send(client, &request, sizeof request, MSG_NOSIGNAL) == sizeof request &&
                          recv(client, ret_reply, sizeof *ret_reply, 0) == sizeof *ret_reply &&
                          ret_reply->version == FLIGHT_VERSION;
    close(client);
    ret_reply->name[sizeof ret_reply->name - 1] = '\0';
    ret_reply->text[sizeof ret_reply->text - 1] = '\0';
    ret_reply->path[sizeof ret_reply->path - 1] = '\0';
    return answered;
}

/* Only the recorder's user can have made it; root may ask everybody's. */
static bool is_trusted(const char *folder)
{
    struct stat status;
    return lstat(folder, &status) == 0 && S_ISDIR(status.st_mode) && (status.st_mode & 022) == 0 &&
           (status.st_uid == geteuid() || geteuid() == 0);
}

struct search {
    const char *target;
    struct flight_reply *reply;
    char *found;              /* a socket */
    GString *names, *numbers; /* of all; of those that match */
    unsigned matches;
};

/* How it can be told from others of its name. */
static void add_number(GString *numbers, const struct flight_reply *reply)
{
    g_string_append_printf(numbers, "%s%u", numbers->len ? ", " : "", reply->command);
    if (reply->pid)
        g_string_append_printf(numbers, " (records process %u)", reply->pid);
}

static void look_at(const char *folder, void *context)
{
    struct search *search = context;
    g_autofree struct flight_reply *reply = g_new0(struct flight_reply, 1);
    g_autofree char *socket = g_build_filename(folder, FLIGHT_SOCKET, NULL);
    if (!is_trusted(folder) || !ask(socket, FLIGHT_LOOK, search->target, reply))
        return;
    g_string_append_printf(search->names, "%s%s", search->names->len ? ", " : "", reply->name);
    if (!reply->matches)
        return;
    if (++search->matches <= NAMED)
        add_number(search->numbers, reply);
    if (search->matches > 1)
        return;
    search->found = g_steal_pointer(&socket);
    *search->reply = *reply;
}

char *snapshots_find(const char *target, struct flight_reply *ret_reply, GError **error)
{
    g_autoptr(GString) names = g_string_new(NULL), numbers = g_string_new(NULL);
    struct search search = {.target = target, .reply = ret_reply, .names = names, .numbers = numbers};
    safekeeping_each(look_at, &search);
    if (search.matches == 1)
        return search.found;
    g_free(search.found);
    if (search.matches)
        cli_fail(error, "%s: %u flight recorders answer to this; give the number of one: %s%s", target,
                 search.matches, numbers->str, search.matches > NAMED ? ", …" : "");
    else
        cli_fail(error,
                 "%s: no flight recorder%s records it, or has this name%s%s%s; one begins with run, record or "
                 "attach --flight-recorder SIZE",
                 target, geteuid() == 0 ? "" : " of this user's", names->len ? " (there are: " : "", names->str,
                 names->len ? ")" : "");
    return NULL;
}

static gboolean become(const struct stat *owner, const char *folder, GError **error)
{
    if (chown(folder, owner->st_uid, owner->st_gid) == 0 && setgroups(0, NULL) == 0 &&
        setegid(owner->st_gid) == 0 && seteuid(owner->st_uid) == 0)
        return TRUE;
    return cli_fail(error, "%s: cannot be given to the recorder's user: %s", folder, g_strerror(errno));
}

gboolean snapshots_take_rights(const char *socket, const char *folder, GError **error)
{
    struct stat owner;
    if (!socket)
        return seteuid(getuid()) == 0 && setegid(getgid()) == 0;
    g_autofree char *place = g_path_get_dirname(socket);
    if (lstat(place, &owner) != 0)
        return cli_fail(error, "the flight recorder has ended");
    return owner.st_uid == geteuid() || become(&owner, folder, error);
}

gboolean snapshots_take(const char *socket, struct flight_reply *ret_reply, GError **error)
{
    if (!ask(socket, FLIGHT_TAKE, "", ret_reply))
        return cli_fail(error, "the flight recorder does not answer: it has ended, or is stuck");
    return !ret_reply->failed || cli_fail(error, "the flight recorder could not be read out: %s", ret_reply->text);
}
