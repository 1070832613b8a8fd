/* SPDX-License-Identifier: MIT */
#include "cli/attach/lookout.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cli/error.h"

/* A signal that is blocked comes even where it is ignored: nohup would be of no use. */
static bool is_ignored(int number)
{
    struct sigaction now;
    return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

gboolean lookout_begin(struct lookout *lookout, GError **error)
{
    sigset_t ours;
    sigemptyset(&ours);
    sigaddset(&ours, SIGINT);
    sigaddset(&ours, SIGTERM);
    if (!is_ignored(SIGHUP))
        sigaddset(&ours, SIGHUP);
    *lookout = (struct lookout){.process = -1};
    sigprocmask(SIG_BLOCK, &ours, &lookout->mask);
    lookout->signals = signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
    return lookout->signals >= 0 || cli_fail(error, "signals: %s", g_strerror(errno));
}

gboolean lookout_watch(struct lookout *lookout, pid_t pid)
{
    lookout->process = (int)syscall(SYS_pidfd_open, pid, 0);
    return lookout->process >= 0;
}

static void drain_signals(struct lookout *lookout)
{
    struct signalfd_siginfo info;
    while (read(lookout->signals, &info, sizeof info) == (ssize_t)sizeof info)
        lookout->told_to_stop = TRUE;
}

void lookout_doze(struct lookout *lookout, int milliseconds)
{
    struct pollfd heard[] = {{.fd = lookout->signals, .events = POLLIN},
                             {.fd = lookout->process, .events = POLLIN}};
    if (poll(heard, G_N_ELEMENTS(heard), milliseconds) <= 0)
        return;
    if (heard[0].revents)
        drain_signals(lookout);
    if (heard[1].revents)
        lookout->ended = TRUE;
}

void lookout_end(struct lookout *lookout)
{
    if (lookout->process >= 0)
        close(lookout->process);
    if (lookout->signals >= 0)
        close(lookout->signals);
    sigprocmask(SIG_SETMASK, &lookout->mask, NULL);
}
