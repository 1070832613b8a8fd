/* SPDX-License-Identifier: MIT */
/*
 * What /proc says of a process. Nothing here touches the process.
 *
 * Runs in: the command. Single-threaded. Paths are the target's: valid below /proc/PID/root.
 */
#ifndef SCOPETRACE_ATTACH_PROC_H
#define SCOPETRACE_ATTACH_PROC_H

#include <glib.h>
#include <sys/types.h>

struct proc_status {
    char name[32];
    char state;       /* R, S, D, T, t, Z, X, I */
    pid_t process;    /* what the thread belongs to: its own number, if it is the main thread */
    pid_t tracer;     /* 0: none */
    pid_t inner_pid;  /* in its own pid namespace */
    guint nested;     /* pid namespaces below ours, 0 = the same as ours */
    uid_t uid;        /* effective */
    gid_t gid;        /* effective */
    gboolean kernel;  /* a kernel thread: it has no memory of its own */
    gboolean guarded; /* shadow stacks are on: frames cannot be made up */
    guint seccomp;    /* 0: none; 1: it may read, write and exit only; 2: filters */
};

struct proc_mapping {
    guint64 start, end, offset;
    ino_t inode;
    gboolean readable, executable;
    char *path; /* "" when it has no file */
};

/* FALSE and error (G_FILE_ERROR_NOENT: no such process). */
gboolean proc_status_read(pid_t pid, struct proc_status *ret_status, GError **error);

/* struct proc_mapping, by address; elements are freed with the array. NULL and error. */
GArray *proc_mappings_read(pid_t pid, GError **error);

/* The mapping that holds an address; NULL: none. */
const struct proc_mapping *proc_mapping_at(const GArray *mappings, guint64 address);

/* The value of a variable in the environment the process was started with. NULL: not set, or not readable. */
char *proc_environment(pid_t pid, const char *name);

/* The words that it was started with, NULL-terminated; none when they cannot be read. To be freed. */
char **proc_arguments(pid_t pid);

/* A path of the target as we can open it: /proc/PID/root/... To be freed. */
char *proc_path(pid_t pid, const char *path);

/* Whether both processes see the same namespace of this kind ("mnt", "pid", "user"). */
gboolean proc_same_namespace(pid_t pid, pid_t other, const char *kind);

#endif
