/* SPDX-License-Identifier: MIT */
/*
 * One thread of another process under ptrace: stop, read, write, run a little, let go.
 *
 * Runs in: the command, always on the thread that seized. Should the command die, the kernel lets the thread
 * go wherever it is. No call blocks beyond its deadline.
 */
#ifndef SCOPETRACE_ATTACH_TRACEE_H
#define SCOPETRACE_ATTACH_TRACEE_H

#include <glib.h>
#include <signal.h>
#include <sys/types.h>

#include "cli/attach/arch.h"

enum tracee_stop {
    TRACEE_INTERRUPTED, /* as asked for by tracee_stop() */
    TRACEE_SYSCALL,     /* at the beginning of a system call */
    TRACEE_RETURN,      /* at its end */
    TRACEE_FAULT,       /* a signal that the code which we chose caused */
    TRACEE_TIMEOUT,     /* still running */
    TRACEE_GONE,        /* it ended */
};

struct tracee {
    pid_t tid;
    int memory; /* /proc/TID/mem; borrowed */
    gboolean stopped;
    enum tracee_stop at;  /* while it is stopped */
    gboolean hijacked;    /* it runs code that we chose: a fault is ours, not to be delivered */
    gboolean stop_signal; /* a SIGSTOP came meanwhile: passed on at the end */
    gboolean urgent;      /* our own priority was raised */
    sigset_t mask;        /* our own, as it was */
};

/* What a stop is about. */
struct tracee_event {
    enum tracee_stop stop;
    gint64 number; /* TRACEE_SYSCALL: which */
    gint64 result; /* TRACEE_RETURN: what it answered */
    int signal;    /* TRACEE_FAULT */
};

/* Takes hold of the thread, without stopping it. memory: a descriptor of its memory. Until it is released we run
 * before others, where we may (root), with SIGCHLD blocked. */
gboolean tracee_seize(struct tracee *ret_tracee, pid_t tid, int memory, GError **error);

/* Stops it, at any instruction or at an end of a system call. FALSE and error when it does not stop in time
 * (uninterruptible) or is gone. */
gboolean tracee_stop(struct tracee *tracee, gint64 timeout_us, GError **error);

/* Lets it run up to the next beginning or end of a system call. */
struct tracee_event tracee_run(struct tracee *tracee, gint64 deadline_us);

/* From a stop at a system call on to the next instruction after it, with no signal in between. FALSE: it is not
 * there in time. */
gboolean tracee_step_out(struct tracee *tracee, gint64 timeout_us);

/* Lets go of it; a thread that is not stopped is stopped for the purpose. Idempotent. */
void tracee_release(struct tracee *tracee);

gboolean tracee_read(const struct tracee *tracee, guint64 address, void *ret_bytes, gsize size);
gboolean tracee_write(const struct tracee *tracee, guint64 address, const void *bytes, gsize size);

gboolean tracee_get_registers(const struct tracee *tracee, struct arch_registers *ret_registers);
/* A system call that it was about to make is not made. */
gboolean tracee_set_registers(const struct tracee *tracee, const struct arch_registers *registers);
/* A whole register set. NULL: the kernel does not have it. */
GByteArray *tracee_get_set(const struct tracee *tracee, unsigned note);
gboolean tracee_set_set(const struct tracee *tracee, unsigned note, const GByteArray *set);
gboolean tracee_get_mask(const struct tracee *tracee, guint64 *ret_mask);
gboolean tracee_set_mask(const struct tracee *tracee, guint64 mask);

#endif
