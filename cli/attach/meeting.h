/* SPDX-License-Identifier: MIT */
/*
 * A folder in the target's file system where we and the target meet: the control file, the script, complaints.
 *
 * Runs in: the command. The target's user owns the folder; nobody else may look in.
 */
#ifndef SCOPETRACE_ATTACH_MEETING_H
#define SCOPETRACE_ATTACH_MEETING_H

#include "cli/attach/target.h"

struct meeting {
    char *ours;   /* valid for this process, even when the target has ended */
    char *litter; /* the same for other processes of ours */
    char *theirs; /* the target's path */
    int root;     /* descriptor that `ours` goes through */
    int lock;     /* of the folder, held while it is in use; -1: none yet */
};

/* Finds a place and a name, so that somebody can be told to remove the folder before it is there. Removes folders
 * at that place whose attach was killed together with all who would have done it, as far as they are ours; root:
 * any. */
gboolean meeting_choose(const struct attach_target *target, struct meeting *ret_meeting, GError **error);
gboolean meeting_make(struct meeting *meeting, const struct attach_target *target, GError **error);

/* Hands a file of the folder to the target's user. */
gboolean meeting_give(const struct meeting *meeting, const struct attach_target *target, const char *file,
                      GError **error);

/* To be freed. */
char *meeting_ours(const struct meeting *meeting, const char *file);
char *meeting_theirs(const struct meeting *meeting, const char *file);

/* What the target wrote into a file there, as one line; NULL: nothing. To be freed. */
char *meeting_read(const struct meeting *meeting, const char *file);

/* Removes the folder. Harmless on a zeroed one. */
void meeting_clear(struct meeting *meeting);

#endif
