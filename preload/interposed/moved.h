/* SPDX-License-Identifier: MIT */
/*
 * Descriptors of LTTng's whose number the program took: dup2() succeeds on any number. The descriptor is then kept
 * under another number, and LTTng, which goes on using the one that it knows, is led there.
 *
 * Runs in: the target, any thread, in signal handlers, between fork and exec.
 */
#ifndef SCOPETRACE_INTERPOSED_MOVED_H
#define SCOPETRACE_INTERPOSED_MOVED_H

#include <stdbool.h>

/* When LTTng has been loaded, one thread at a time. The second time it does nothing. */
void moved_setup(void);

/* libc's close(). */
int moved_real_close(int fd);

/* Makes the number the program's: it becomes free once the program puts something in its place, in one step.
 * False: there is no room, errno says why. */
bool moved_away(int fd);

/* Puts LTTng's descriptors back in the place of the program's, which are closed thereby, where they were moved
 * from a number of this range. Returns how many. */
unsigned moved_back(unsigned first, unsigned last);
/* The same for a number that is closed already, if nobody took it since. */
void moved_back_if_free(int fd);

/* The number was LTTng's and is the program's; it is LTTng's now. */
bool moved_is_programs(int fd);
bool moved_is_lttngs(int fd);

/* LTTng closes fd: the descriptor to close. */
int moved_end(int fd, const void *caller);

#endif
