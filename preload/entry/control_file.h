/* SPDX-License-Identifier: MIT */
/*
 * This process's side of the control file.
 *
 * Runs in: the target. Not for use from several threads at once: the loader calls with the GIL held.
 */
#ifndef SCOPETRACE_ENTRY_CONTROL_FILE_H
#define SCOPETRACE_ENTRY_CONTROL_FILE_H

#include "preload/control.h"

/* Maps the file that CONTROL_ENV names, for the life of the process. NULL: unset, unreadable, or not what it
 * should be; the program then runs with the defaults. No descriptor stays open. */
struct control *control_file_map(void);

/* Claims a free slot for this process; NULL when control is NULL or every slot is taken. */
struct control_process *control_file_claim(struct control *control);

#endif
