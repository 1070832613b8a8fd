/* SPDX-License-Identifier: MIT */
/*
 * The keeper's side of a flight recorder: reads it out when another of the user's processes asks for it, when a
 * condition holds, and at the end.
 *
 * A process asks through the socket FLIGHT_SOCKET in the recording's folder of buffers (safekeeping.h), which is
 * the user's alone: one request and one reply per connection, SOCK_SEQPACKET.
 *
 * Runs in: the session keeper; flight_listen() in the command.
 */
#ifndef SCOPETRACE_SESSION_FLIGHT_H
#define SCOPETRACE_SESSION_FLIGHT_H

#include <glib.h>
#include <stdint.h>
#include <sys/types.h>

#include "cli/session/control_file.h"
#include "cli/session/recording.h"

#define FLIGHT_SOCKET "snapshot"
#define FLIGHT_VERSION 1u
#define FLIGHT_NAME_BYTES 256

enum flight_kind {
    FLIGHT_LOOK, /* is it this one? */
    FLIGHT_TAKE, /* read it out */
};

struct flight_request {
    uint32_t version;               /* FLIGHT_VERSION */
    uint32_t kind;                  /* enum flight_kind */
    char target[FLIGHT_NAME_BYTES]; /* of LOOK: the number of a process that it records, or its name */
};

struct flight_reply {
    uint32_t version;
    uint32_t matches;            /* of LOOK */
    uint32_t failed;             /* then text is the error's message */
    uint32_t command, pid;       /* of LOOK: the recorder's own number, and a process that it records; 0: none */
    uint32_t silent, silent_pid; /* struct control_answers */
    uint64_t announced, ring;    /* bytes: what is there took so many of so many */
    char text[1024];
    char name[FLIGHT_NAME_BYTES];
    char path[1024]; /* a folder with the snapshot in it, the asker's to take away at once */
};

struct flight_plan {
    int listener;  /* from flight_listen(); -1: this is no flight recorder */
    uid_t owner;   /* who may ask, beside root */
    pid_t command; /* scopetrace itself, whose number is that of the service to a supervisor */
    char name[FLIGHT_NAME_BYTES];
};

struct flight {
    const struct flight_plan *plan;
    const struct recording_plan *recording;
    const char *outside;          /* where the daemon's folder is to others */
    struct control_file *control; /* of the traced processes; NULL: none yet */
    unsigned taken;
    unsigned automatic[CONTROL_CONDITIONS];
    uint32_t seen[CONTROL_CONDITIONS]; /* struct control_alarm.times */
    gint64 last_us;                    /* when it was last read out by a condition */
};

/* The socket that asks are heard at, in folder; -1 and error. */
int flight_listen(const char *folder, GError **error);

/* Answers one who asks: the listener can be read. */
void flight_answer(struct flight *flight);

/* Reads it out if a condition has come to hold. */
void flight_look(struct flight *flight);
/* How long one may wait between two looks; 0: as long as one likes. */
int flight_patience_ms(const struct flight *flight);

/* Reads it out at its end. */
gboolean flight_finish(struct flight *flight, GError **error);

/* What conditions it was read out for, as a sentence; "" for none. To be freed. */
char *flight_remarks(const struct flight *flight);

/* Removes what nobody took away. */
void flight_clean(struct flight *flight);

#endif
