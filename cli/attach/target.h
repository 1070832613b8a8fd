/* SPDX-License-Identifier: MIT */
/*
 * What is known of a process before it is touched: read from /proc and from its memory, without stopping it.
 *
 * Runs in: the command. Single-threaded. A target owns what it points to; it holds a descriptor of the
 * process's memory until it is freed.
 */
#ifndef SCOPETRACE_ATTACH_TARGET_H
#define SCOPETRACE_ATTACH_TARGET_H

#include <glib.h>

#include "cli/attach/proc.h"

/* The interpreter inside. Addresses are 0 where there is nothing of that name. */
struct target_python {
    char *file;         /* the executable or the shared libpython; the target's path */
    gboolean shared;    /* in a libpython of its own */
    guint32 version;    /* PY_VERSION_HEX; 0: older than 3.11 */
    guint64 runtime;    /* _PyRuntime */
    guint64 add_call;   /* Py_AddPendingCall */
    guint64 run_string; /* PyRun_SimpleString */
    gboolean initialized, finalizing, free_threaded;
};

/* Code found in the target's libc or vDSO. */
struct target_code {
    guint64 syscall;   /* a system call instruction followed by a return */
    guint64 sigreturn; /* the rt_sigreturn call */
};

struct attach_target {
    pid_t pid; /* as we see it */
    struct proc_status status;
    char *executable; /* the target's path */
    guint16 machine;  /* EM_...; 0: not a 64-bit ELF file */
    GArray *mappings; /* struct proc_mapping; NULL: not readable */
    int memory;       /* -1: not accessible, for this reason: */
    int memory_errno;
    gboolean is_python; /* python is filled in */
    struct target_python python;
    struct target_code code;
    char *libc;            /* the target's path; NULL: none mapped */
    char *stale;           /* a file that is needed but was replaced on disk since it was mapped; NULL */
    gboolean libuv;        /* an event loop that must not see a spurious time-out */
    gboolean entry, agent; /* our libraries are there already */
    guint64 enabled;       /* the agent's CONTROL_AGENT_ENABLED; 0: not loaded */
    guint64 may_wait;      /* its CONTROL_AGENT_MAY_WAIT */
    guint64 joint;         /* its CONTROL_AGENT_JOINT */
    guint64 sequence;      /* likewise */
    guint64 telling;
};

/* FALSE and error only where there is no such process. Everything else is for the preflight to judge. */
gboolean attach_inspect(pid_t pid, struct attach_target **ret_target, GError **error);

/* NULL is accepted. */
void attach_target_free(struct attach_target *target);
/* For __attribute__((cleanup)). */
static inline void attach_target_clean(struct attach_target **target)
{
    attach_target_free(*target);
}
#define ATTACH_TARGET_AUTO __attribute__((cleanup(attach_target_clean))) struct attach_target *

/* Looks for the agent again, which may have been loaded meanwhile. */
void attach_inspect_agent(struct attach_target *target);

/* Whether a session records the agent's events right now. FALSE also where there is no agent. */
gboolean attach_agent_enabled(const struct attach_target *target);
/* Whether the LTTng that it came with lets a session have the program wait for room. */
gboolean attach_agent_may_wait(const struct attach_target *target);

/* Whether an attach that asked for more than the program tells by itself has not ended properly. */
gboolean attach_agent_is_joint(const struct attach_target *target);

/* How many events the agent has emitted in its life; 0 also where there is no agent. */
guint32 attach_agent_sequence(const struct attach_target *target);

/* Non-zero while the agent tells what is alive, and another number after each piece. */
guint32 attach_agent_telling(const struct attach_target *target);

/* "python3 (pid 4711)". To be freed. */
char *attach_target_name(const struct attach_target *target);

/* "3.11.2". To be freed. */
char *target_python_version(const struct target_python *python);

/* The first mapping of a file of this (partial) base name. NULL: none. */
const struct proc_mapping *target_mapping(const struct attach_target *target, const char *part);

#endif
