/* SPDX-License-Identifier: MIT */
/*
 * Temporary folders whose maker was killed before it could remove them. Who makes one holds a lock on it, which
 * the kernel lets go of when its holder dies: so the next one that comes by can tell, and removes it.
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_SOURCES_ABANDONED_H
#define SCOPETRACE_SOURCES_ABANDONED_H

/* A name for one: the prefix and sixteen digits. To be freed. */
char *abandoned_name(const char *prefix);

/* Of a folder just made: a descriptor, to be closed when it has been removed. -1 and errno: somebody else has it.
 */
int abandoned_lock(const char *folder);

/* Removes the folders at this place, an open folder, that have such names and that nobody holds, as far as they
 * are this user's; root: anybody's. Their owner may have put anything into them: no link is followed. */
void abandoned_sweep(int place, const char *prefix);

#endif
