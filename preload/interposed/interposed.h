/* SPDX-License-Identifier: MIT */
/*
 * Functions that the program calls instead of libc's, in two ways: the entry exports them by libc's own names,
 * which go before libc's because the entry is preloaded; the agent, which an attach loads last, has the program's
 * references pointed at its own (agent/interposition.h). This folder is compiled into both, INTERPOSED_BY_NAME for
 * the entry.
 *
 * Runs in: the target, any thread, in signal handlers, between fork and exec. Between vfork and exec, and wherever
 * the agent is not, everything passes through.
 */
#ifndef SCOPETRACE_INTERPOSED_H
#define SCOPETRACE_INTERPOSED_H

#include <pthread.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#ifdef INTERPOSED_BY_NAME
#define EXPORT __attribute__((visibility("default")))
#define INTERPOSED(name) name
#define THREAD_LOCAL __thread __attribute__((tls_model("initial-exec")))
#else
#define EXPORT
#define INTERPOSED(name) interposed_##name
#define THREAD_LOCAL __thread /* there may be no room for it in what threads have from the beginning */
#endif

/* descriptors.c: what programs do to descriptors, which may be LTTng's. */
extern __typeof__(close) INTERPOSED(close);
extern __typeof__(fclose) INTERPOSED(fclose);
extern __typeof__(dup2) INTERPOSED(dup2);
extern __typeof__(dup3) INTERPOSED(dup3);
extern __typeof__(close_range) INTERPOSED(close_range);
extern __typeof__(closefrom) INTERPOSED(closefrom);

/* loops.c */
extern __typeof__(epoll_wait) INTERPOSED(epoll_wait);
extern __typeof__(epoll_pwait) INTERPOSED(epoll_pwait);
extern __typeof__(epoll_pwait2) INTERPOSED(epoll_pwait2);
extern __typeof__(epoll_create1) INTERPOSED(epoll_create1);
extern __typeof__(epoll_create) INTERPOSED(epoll_create);
extern __typeof__(socketpair) INTERPOSED(socketpair);

/* last_thread.c */
extern __typeof__(pthread_exit) INTERPOSED(pthread_exit);

/* moved.c: what LTTng does with its own. For others they are as libc's. */
extern __typeof__(write) INTERPOSED(write);
extern __typeof__(writev) INTERPOSED(writev);
extern __typeof__(sendmsg) INTERPOSED(sendmsg);
extern __typeof__(recvmsg) INTERPOSED(recvmsg);
extern __typeof__(shutdown) INTERPOSED(shutdown);

#endif
