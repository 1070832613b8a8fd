/* SPDX-License-Identifier: MIT */
/*
 * The seccomp filters of a process: whether they would kill it for what the agent and LTTng do there.
 *
 * Runs in: the command. The kernel shows filters of stopped threads only, and only to those who have CAP_SYS_ADMIN
 * and no filter themselves: the main thread is stopped for that, less than a millisecond.
 */
#ifndef SCOPETRACE_ATTACH_SECCOMP_H
#define SCOPETRACE_ATTACH_SECCOMP_H

#include "cli/attach/target.h"

enum seccomp_verdict {
    SECCOMP_HARMLESS, /* it answers with errors at worst */
    SECCOMP_UNKNOWN,  /* the kernel does not show it to us */
    SECCOMP_KILLS,
};

/* ret_call: the name of a system call that it kills for; borrowed. */
enum seccomp_verdict seccomp_look(const struct attach_target *target, const char **ret_call);

#endif
