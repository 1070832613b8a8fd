/* SPDX-License-Identifier: MIT */
/*
 * What an attachment is made of.
 *
 * Runs in: the command. Internal to cli/attach.
 */
#ifndef SCOPETRACE_ATTACH_ATTACHMENT_INTERNAL_H
#define SCOPETRACE_ATTACH_ATTACHMENT_INTERNAL_H

#include "cli/attach/attachment.h"
#include "cli/attach/lookout.h"
#include "cli/attach/meeting.h"
#include "cli/attach/target.h"
#include "cli/attach/wishes.h"
#include "cli/session/control_file.h"

struct attachment {
    struct attach_target *target;
    char *name, *library;
    int lock; /* descriptor */
    struct lookout lookout;
    struct meeting meeting;
    struct control_file *control;
    struct session *session;
    enum attachment_phase phase;
    struct attach_wishes wishes;
    gboolean hooked;      /* by us */
    guint32 sequence;     /* of the agent's events, before */
    gboolean per_process; /* buffers */
    GError *refusal;
    gint64 loaded_us, enabled_us; /* when that was seen */
    gint64 settle_us;             /* how long to wait then */
    gint64 wake_us;               /* when to wake LTTng's threads again */
    gint64 stopped_us;
    guint stops;
};

#endif
