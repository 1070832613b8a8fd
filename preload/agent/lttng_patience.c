/* SPDX-License-Identifier: MIT */
#include "preload/agent/lttng_patience.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "preload/control.h"

#define VARIABLE "LTTNG_UST_REGISTER_TIMEOUT"
/* Also what the first use in a forked child may wait for a daemon that does not answer. */
#define PATIENCE "1000"
#define SECONDS 1
#define DAEMON "lttng-ust-sock"

_Static_assert(sizeof PATIENCE == sizeof CONTROL_NO_WAIT, "written over each other");

/* LTTng has kept the pointer that getenv() gave it. */
void lttng_patience_to_come(void)
{
    char *value = getenv(VARIABLE);
    if (value != NULL && strcmp(value, CONTROL_NO_WAIT) == 0) {
        memcpy(value, PATIENCE, sizeof PATIENCE);
    }
}

static int is_to_daemon(int fd)
{
    struct sockaddr_un peer = {.sun_family = AF_UNSPEC};
    socklen_t size = sizeof peer - 1; /* a path may come without its end */
    return getpeername(fd, (struct sockaddr *)&peer, &size) == 0 && peer.sun_family == AF_UNIX &&
           strstr(peer.sun_path, DAEMON) != NULL;
}

static void lengthen(int fd, int option)
{
    const struct timeval patience = {.tv_sec = SECONDS};
    struct timeval now;
    socklen_t size = sizeof now;
    if (getsockopt(fd, SOL_SOCKET, option, &now, &size) == 0 && now.tv_sec == 0 && now.tv_usec != 0) {
        (void)setsockopt(fd, SOL_SOCKET, option, &patience, sizeof patience);
    }
}

void lttng_patience_now(void)
{
    DIR *descriptors = opendir("/proc/self/fd");
    const struct dirent *entry;
    while (descriptors != NULL && (entry = readdir(descriptors)) != NULL) {
        const int fd = (int)strtol(entry->d_name, NULL, 10);
        if (entry->d_name[0] != '.' && is_to_daemon(fd)) {
            lengthen(fd, SO_RCVTIMEO);
            lengthen(fd, SO_SNDTIMEO);
        }
    }
    if (descriptors != NULL) {
        closedir(descriptors);
    }
}
