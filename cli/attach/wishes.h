/* SPDX-License-Identifier: MIT */
/*
 * What an attach asks for beside what the program can still be given.
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_ATTACH_WISHES_H
#define SCOPETRACE_ATTACH_WISHES_H

#include "cli/attach/target.h"
#include "cli/session/session.h"

struct attach_wishes {
    gboolean preloaded; /* by the program's own wish: it hears of the session through LTTng itself */
    gboolean more;      /* than a preloaded program tells by itself */
    gboolean wait;      /* for room in the buffers */
    gboolean in_vain;   /* LTTng does not let it wait */
};

/* name: of the target, for people. FALSE and error where what is asked for comes too late. */
gboolean attach_wishes_find(struct attach_wishes *ret_wishes, const struct session_options *options,
                            const struct attach_target *target, const char *name, GError **error);

/* Adds to notices (char *) what was not done. */
void attach_wishes_explain(const struct attach_wishes *wishes, GPtrArray *notices);

#endif
