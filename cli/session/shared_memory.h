/* SPDX-License-Identifier: MIT */
/*
 * LTTng-UST leaves a page per user in /dev/shm (lttng-ust-wait-*), on which processes without a daemon wait for
 * one. It is made again when missing.
 *
 * Up to 2.13 a program has a child of its own make the page, and opens it when that has ended. If somebody removes
 * it in between LTTng says nothing and does without the daemon of this user: the program is not traced. The daemon
 * itself holds the page of all users where it runs as root, else that of its user; so root's programs have nobody
 * who holds theirs. Hence a keeper holds the page of its user from before its program starts until it has ended,
 * and at the end removes what nobody holds.
 *
 * Runs in: the session keeper, with SIGIO blocked.
 */
#ifndef SCOPETRACE_SESSION_SHARED_MEMORY_H
#define SCOPETRACE_SESSION_SHARED_MEMORY_H

/* Descriptors; -1: none. */
struct shared_memory {
    int folder, page;
};

/* The folder as it is now: the keeper may get one of its own afterwards. */
struct shared_memory shared_memory_open(void);

/* Makes the page of this user where it is missing, and holds it. */
void shared_memory_hold(struct shared_memory *memory);

/* Lets go of it, removes those of ours that no process has open or mapped, and closes the folder. */
void shared_memory_sweep(struct shared_memory *memory);

#endif
