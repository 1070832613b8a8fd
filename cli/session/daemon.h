/* SPDX-License-Identifier: MIT */
/*
 * A private lttng-sessiond: reached by this session's program and by nobody else, gone with the session.
 *
 * There is no one way to have one (root and LTTng 2.13: a mount namespace in which /run is ours; without the
 * right to that: the system's place if it is free, else an unprivileged user; not root: LTTNG_HOME; 2.14 and
 * later: LTTNG_RUNDIR). The ways are tried in order.
 *
 * Runs in: the session keeper, which it changes for good (namespace, user, environment). Single-threaded;
 * SIGUSR1, SIGCHLD and SIGALRM must be blocked, blocked and unblocked.
 */
#ifndef SCOPETRACE_SESSION_DAEMON_H
#define SCOPETRACE_SESSION_DAEMON_H

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

struct daemon_plan {
    const char *program; /* lttng-sessiond */
    const char *folder;  /* private, existing */
    const char *output;  /* where the trace shall go: absolute, existing */
    const char *buffers; /* the folder of the trace buffers */
    int asker;           /* a socket: hung up when nobody waits for the daemon any more; -1: not looked at */
    bool own_memory;     /* there is too little in /dev/shm: use another where that can be done */
};

struct daemon {
    pid_t pid; /* also its process group, consumer daemons included; 0: none */
    int log;   /* what it said on stderr */
    const char *way;
    char *output;         /* where the trace goes as the daemon sees it */
    char *outside;        /* … as everybody else does; other than plan.output: it is to be moved there */
    char *lttng_home;     /* for the program: struct control */
    char *lttng_app_path; /* likewise */
    bool shared;          /* not private: see daemon_shared.h */
    int lock;             /* of those who join and leave it; 0: not held */
    int part;             /* tells others that we use it; 0: we do not */
    bool in_public;       /* its files lie where everybody's are: it must end in order and remove them */
    char *litter;         /* a folder outside the private one that the daemon made; NULL: none */
    char *elsewhere;      /* one that takes the private one's place, to be removed with it; NULL: none */
};

/* daemon is zeroed by the caller. On failure nothing runs; daemon_end() is harmless then. */
gboolean daemon_start(struct daemon *daemon, const struct daemon_plan *plan, GError **error);

/* Starts the program with these arguments (NULL at the end) and waits until it is ready. */
gboolean daemon_launch(struct daemon *daemon, char **arguments, GError **error);

/* Whether it still runs; one that is shared and not ours is believed to. Reaps nothing. */
bool daemon_is_alive(const struct daemon *daemon);

/* Ends it and its consumer daemons: by request, by force when that takes too long. Idempotent. */
void daemon_end(struct daemon *daemon);
/* Ends it by force, at once. Nothing is lost when its recording was stopped and had arrived. */
void daemon_kill(struct daemon *daemon);

/* From now on the daemon has so many milliseconds before it is killed, which makes calls that wait for it return;
 * 0 ends the term. daemon_expired() tells whether that ever happened. */
void daemon_deadline(const struct daemon *daemon, unsigned milliseconds);
bool daemon_expired(void);

/* The first line in which it complained; NULL: none. To be freed. */
char *daemon_complaint(const struct daemon *daemon);

#endif
