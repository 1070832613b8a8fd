/* SPDX-License-Identifier: MIT */
/*
 * What the two preloaded objects, entry and agent, tell each other.
 *
 * Runs in: the target. The entry loads the agent with the GIL held and calls its one exported function,
 * BRIDGE_START. Both are built from the same tree; the version guards against files of two installations.
 */
#ifndef SCOPETRACE_PRELOAD_BRIDGE_H
#define SCOPETRACE_PRELOAD_BRIDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "preload/control.h"

#define BRIDGE_VERSION 8u
#define BRIDGE_START "scopetrace_agent_start"

/* What Py_GetVersion() has in it in a build without a GIL, and why that is refused. */
#define BRIDGE_FREE_THREADED "free-threading"
#define BRIDGE_WHY_NOT_FREE_THREADED "free-threaded Python is not supported yet: use a build with a GIL"

/* Of one thread, which alone looks at it. */
struct bridge_thread {
    uint32_t waits; /* event-loop iterations: an interpreter's or a known loop's calls of epoll_wait, and what the
                       agent saw of a loop that waits elsewhere; 0: nobody counts */
    uint32_t number, pid; /* the agent's: the thread's id in this process; a forked child's has another */
};

/* The entry's side, valid for the life of the process. */
struct bridge_entry {
    uint32_t version;
    struct control *control;         /* NULL: no control file */
    struct control_process *process; /* this process's slot; NULL: none. Changes after fork: see forked() */
    /* That of the calling thread, valid for its life. Any thread, no GIL needed. */
    struct bridge_thread *(*thread)(void);
    /* Claims a slot for a forked child and returns it (NULL: none). In the child, any time after fork. */
    struct control_process *(*claim_process)(void);
    /* The interpreter has ended; the agent has forgotten it and may be started again in another. NULL: never. */
    void (*interpreter_gone)(void);
    uint32_t lttng_was_there; /* LTTng's threads are the program's own: it had loaded LTTng before us */
};

/* The agent's side, filled in by BRIDGE_START. Pointers stay valid: the agent is never unloaded. */
struct bridge_agent {
    uint32_t version;
    /* Non-zero while the agent wants after_tick(). Read by the entry without a lock. */
    const uint32_t *wants_tick;
    /* Called on a Python thread after each epoll_wait, without the GIL, while wants_tick is non-zero. */
    void (*after_tick)(void);
    /* Closes fd unless it is one of LTTng's: 0, or -1 with errno EBADF. Any thread. */
    int (*close_fd)(int fd, int (*real_close)(int fd));
    /* False between vfork and exec, where the table of descriptors is not the one that LTTng uses. */
    bool (*is_own_process)(void);
    /* Threads of LTTng's own in this process, to be subtracted where Python counts its threads. */
    uint32_t (*own_threads)(void);
    /* Whether a session began, the command asked for a statedump, or this is a forked child that has not been
     * announced, so that after_tick() is due although wants_tick is zero. A few loads; any thread, no GIL. */
    bool (*session_changed)(void);
    /* Non-zero while there is something to tell that is better told while the loop has nothing else to do: piece
     * by piece, by tell(), on a Python thread without the GIL. The number is another after a piece: where it is
     * the same, this is no moment for one. Read without a lock. Before a loop sleeps tell() is called while
     * wants_tick is non-zero, too: the wait that comes may be its last. */
    const uint32_t *to_tell;
    void (*tell)(void);
    /* A loop begins, or is about to, on a Python thread without the GIL, in whatever interpreter. */
    void (*loop_begins)(void);
};

/* GIL held. Returns 0, or -1 when this process is not to be traced (the slot's note says why); the agent is
 * then inert, its functions may still be called. Raises no Python exception, keeps the one that is set. */
typedef int (*bridge_start_fn)(const struct bridge_entry *entry, struct bridge_agent *ret_agent);

/* The entry's one exported function beside those it interposes. Where an attach has loaded the agent into a
 * program that was preloaded, but had not loaded it itself so far: the entry begins to use it as if it had. 0, or
 * -1: it is of another version. Any thread; the agent stays valid. */
#define BRIDGE_PUBLISH "scopetrace_entry_publish"
typedef int (*bridge_publish_fn)(const struct bridge_agent *agent);

#endif
