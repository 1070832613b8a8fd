/* SPDX-License-Identifier: MIT */
/* A pipe2 that interrupts the command's process group: called once signals are held back, it comes right before
 * the program is forked. Runs in: the command of a test. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

__attribute__((visibility("default"))) int pipe2(int ends[2], int flags);

static bool holds_back(void)
{
    sigset_t blocked;

    return sigprocmask(SIG_BLOCK, NULL, &blocked) == 0 && sigismember(&blocked, SIGINT) == 1;
}

int pipe2(int ends[2], int flags)
{
    if (flags == O_CLOEXEC && !strcmp(program_invocation_short_name, "scopetrace") && holds_back())
        kill(0, SIGINT);
    return (int)syscall(SYS_pipe2, ends, flags);
}
