/* SPDX-License-Identifier: MIT */
/*
 * The command's side of preload/control.h: makes the control file of a session and reads what the traced
 * processes wrote into it. Everything in the slots was written by other processes: copied before it is
 * believed, strings cut at their field. They may also cut the file short: it is looked at before it is read.
 *
 * Runs in: the command. Single-threaded; the other writers are the traced processes.
 */
#ifndef SCOPETRACE_SESSION_CONTROL_FILE_H
#define SCOPETRACE_SESSION_CONTROL_FILE_H

#include <glib.h>
#include <stdbool.h>

#include "preload/control.h"

struct control_file;

struct control_file_settings {
    uint32_t flags;         /* enum control_flag */
    const char *lttng_home; /* "" where it does not apply */
    const char *lttng_app_path;
    const struct control_classes *classes; /* NULL: none */
    uint32_t ring_bytes;                   /* of a CPU's buffer of a flight recorder; 0: it is none */
    uint32_t alarms[CONTROL_CONDITIONS];   /* struct control_alarm.least */
};

/* Creates path, mode 0600, and maps it. */
struct control_file *control_file_create(const char *path, GError **error);
/* Maps one that was created by another process. */
struct control_file *control_file_open(const char *path, GError **error);
void control_file_configure(struct control_file *file, const struct control_file_settings *settings);
/* Maps one that was made by another of our processes. The descriptor stays the caller's. NULL: it is none. */
struct control_file *control_file_map(int fd);
/* Unmaps; the file stays. NULL is accepted. */
void control_file_free(struct control_file *file);

/* A copy of the slot of this process (the number that it knows itself by). FALSE: it has none yet. */
gboolean control_file_process(const struct control_file *file, uint32_t pid, struct control_process *ret_process);
/* The first of the traced processes that run; 0: none does. */
uint32_t control_file_running(const struct control_file *file);
/* Its state is as if it had not said anything yet: to be told of anew. */
void control_file_forget(struct control_file *file, uint32_t pid);

/* What the traced processes that still run were asked to announce, and did. */
struct control_answers {
    unsigned silent; /* did not do so in time: they wait, or are busy outside of Python */
    uint32_t pid;    /* one of them */
    uint64_t bytes;  /* what the others announced */
};

/* Has all announce what is there, and waits for that: up to `milliseconds` in which none of them gets on with it,
 * or could, and thirty times that in all. */
struct control_answers control_file_announce(struct control_file *file, unsigned milliseconds);

/* How often that happened, and where. */
struct control_alarm control_file_alarm(const struct control_file *file, enum control_condition condition);

/* What a complete trace of such a process must hold. */
struct control_ended {
    uint32_t pid, emitted; /* emitted: the number of its last event */
};

struct control_census {
    unsigned traced;      /* processes whose events were recorded */
    unsigned untraced;    /* processes with asyncio that were not */
    unsigned alive;       /* traced processes that still run */
    bool stalled;         /* one died inside an event: its CPU's stream may have stood still */
    GPtrArray *sentences; /* char *: what a user must know of the above; owned */
    GArray *ended;        /* struct control_ended: traced processes that run no longer; owned */
};

/* shared_buffers: processes write to the same ones. */
struct control_census control_file_census(const struct control_file *file, bool shared_buffers);
/* Counts a process that has ended, for a census that was not taken of its file. */
void control_census_add_ended(struct control_census *census, const struct control_process *process,
                              bool shared_buffers);
void control_census_clear(struct control_census *census);

#endif
