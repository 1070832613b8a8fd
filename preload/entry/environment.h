/* SPDX-License-Identifier: MIT */
/*
 * What LTTng must find in the environment while it is being loaded, and nobody else ever.
 *
 * Runs in: the target, GIL held, one thread at a time. `environ` is exchanged for a longer vector and put
 * back: no variable of the program is touched, and a thread that reads meanwhile sees one valid vector or the
 * other. LTTng keeps pointers to the values: they live as long as the process.
 */
#ifndef SCOPETRACE_ENTRY_ENVIRONMENT_H
#define SCOPETRACE_ENTRY_ENVIRONMENT_H

#include "preload/control.h"

/* Lends the settings of the control file (NULL: none) to the environment. */
void environment_lend(const struct control *control);

/* Takes them away again. */
void environment_take_back(void);

#endif
